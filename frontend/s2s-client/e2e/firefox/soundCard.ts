/**
 * A sound card of the stories' own: a PulseAudio with a loudspeaker that nobody hears and a microphone that only the
 * stories speak into. Without any device each AudioContext of Firefox stays suspended for ever.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "@playwright/test";
import { wavHeader } from "../harness";
import { guarded, synthesize } from "../machine";

const RATE = 24_000;
const WINDOW_MS = 10;
const WINDOW_BYTES = (2 * RATE * WINDOW_MS) / 1000;
/** Of 32,768. */
const SOUND = 300;

export class SoundCard {
  private constructor(
    private readonly folder: string,
    /** For PULSE_SERVER of the programs that use this card. */
    readonly server: string,
    private readonly guard: ChildProcess,
    private readonly pactl: (...words: string[]) => Promise<string>,
    readonly loudspeaker: Ear,
    readonly microphone: Ear,
  ) {}

  static async open(): Promise<SoundCard> {
    const folder = mkdtempSync(join(tmpdir(), "s2s-sound-"));
    const server = `unix:${join(folder, "native")}`;
    const env = { ...process.env, HOME: folder, XDG_RUNTIME_DIR: folder, PULSE_SERVER: server };
    const modules = [
      `module-native-protocol-unix socket=${join(folder, "native")} auth-anonymous=1`,
      "module-null-sink sink_name=loudspeaker rate=48000",
      "module-null-sink sink_name=mouth rate=48000 channels=1",
      "module-remap-source master=mouth.monitor source_name=microphone",
    ];
    const load = modules.map((module) => `--load="${module}"`).join(" ");
    const guard = spawn(guarded(`exec pulseaudio -n --daemonize=no --exit-idle-time=-1 ${load}`), {
      shell: true,
      env,
      stdio: ["pipe", "ignore", "ignore"],
    });
    const pactl = (...words: string[]) => promisify(execFile)("pactl", words, { env }).then(({ stdout }) => stdout.trim());
    const starts = () => pactl("set-default-source", "microphone").then(() => true, () => false);
    await expect.poll(starts, { message: "PulseAudio starts" }).toBe(true);
    await pactl("set-default-sink", "loudspeaker");
    // A null sink that nobody uses becomes two seconds slow. It and the ears end with the server.
    spawn("pacat", ["--playback", "-d", "loudspeaker", "--latency-msec=10", "--raw", "/dev/zero"], { env, stdio: "ignore" });
    return new SoundCard(folder, server, guard, pactl, new Ear("loudspeaker.monitor", env), new Ear("mouth.monitor", env));
  }

  /** Says a sentence into the microphone, or into another one; settles when the last sample is out. */
  async say(text: string, into = "mouth"): Promise<void> {
    const path = join(this.folder, "said.wav");
    writeFileSync(path, synthesize(text));
    this.microphone.forget();
    await promisify(execFile)("paplay", [`--device=${into}`, path], { env: { ...process.env, PULSE_SERVER: this.server } });
  }

  /** Settles when the page's microphone is the one of this name, and no other. */
  async isListenedTo(label = "microphone"): Promise<void> {
    const listened = async (): Promise<string[]> => {
      const [outputs, sources] = await Promise.all(["source-outputs", "sources"].map((what) => this.pactl("list", "short", what)));
      const names = new Map(sources!.split("\n").map((line) => line.split("\t").slice(0, 2) as [string, string]));
      const used = outputs!.split("\n").map((line) => names.get(line.split("\t")[1] ?? "") ?? "");
      // The stories' own ears listen at the monitors.
      return [...new Set(used.filter((name) => name && !name.endsWith(".monitor")))];
    };
    await expect.poll(listened, { message: `the microphone is ${label}` }).toEqual([label]);
  }

  /** A second microphone, by the name `label`. */
  async plugIn(label: string): Promise<{ mouth: string; unplug(): Promise<void> }> {
    const mouth = `mouth-of-${label}`;
    const sink = await this.pactl("load-module", "module-null-sink", `sink_name=${mouth}`, "rate=48000", "channels=1");
    const words = [`master=${mouth}.monitor`, `source_name=${label}`, `source_properties=device.description=${label}`];
    const source = await this.pactl("load-module", "module-remap-source", ...words);
    // As with the loudspeaker: unused, it becomes slow.
    spawn("pacat", ["--playback", "-d", mouth, "--latency-msec=10", "--raw", "/dev/zero"], { env: { ...process.env, PULSE_SERVER: this.server }, stdio: "ignore" });
    return {
      mouth,
      unplug: async () => {
        await this.pactl("unload-module", source);
        await this.pactl("unload-module", sink);
      },
    };
  }

  /** A second loudspeaker, by the name `label`. */
  async plugInLoudspeaker(label: string): Promise<{ ear: Ear; unplug(): Promise<string> }> {
    const sink = await this.pactl("load-module", "module-null-sink", `sink_name=${label}`, "rate=48000", `sink_properties=device.description=${label}`);
    const env = { ...process.env, PULSE_SERVER: this.server };
    spawn("pacat", ["--playback", "-d", label, "--latency-msec=10", "--raw", "/dev/zero"], { env, stdio: "ignore" });
    return { ear: new Ear(`${label}.monitor`, env), unplug: () => this.pactl("unload-module", sink) };
  }

  /** The loudspeaker that the system chooses from now on. */
  makeDefault(label: string): Promise<string> {
    return this.pactl("set-default-sink", label);
  }

  close(): void {
    this.guard.stdin?.end();
  }
}

/** Hears all that passes one end of the card. Its clock are the samples, so a busy machine makes no silence. */
export class Ear {
  readonly #listeners = new Set<() => void>();
  #carry = Buffer.alloc(0);
  #kept: Buffer[] = [];
  #silentMs = 0;
  #soundedMs = 0;
  /** When the first sound arrived here, and the last one so far; by the clock of this process. */
  firstSoundAt: number | null = null;
  lastSoundAt: number | null = null;

  constructor(source: string, env: NodeJS.ProcessEnv) {
    const words = ["-d", source, `--rate=${RATE}`, "--channels=1", "--format=s16le", "--latency-msec=10", "--raw"];
    const parec = spawn("parec", words, { env, stdio: ["ignore", "pipe", "ignore"] });
    parec.stdout.on("data", (chunk: Buffer) => {
      this.#hear(chunk);
    });
  }

  get silentMs(): number {
    return this.#silentMs;
  }

  forget(): void {
    this.#kept = [];
    this.#soundedMs = 0;
    this.firstSoundAt = null;
    this.lastSoundAt = null;
  }

  /** Settles when it has sounded for so long since it was told to forget. */
  async hears(ms = WINDOW_MS): Promise<void> {
    await this.#until(() => this.#soundedMs >= ms);
  }

  /** Settles when there was sound, and then silence for so long. */
  async hearsSilence(ms = 1000): Promise<void> {
    await this.#until(() => this.#soundedMs > 0 && this.#silentMs >= ms);
  }

  /** What was heard since the start or `forget`, as a WAV file. */
  keep(path: string): string {
    const pcm = Buffer.concat(this.#kept);
    writeFileSync(path, Buffer.concat([wavHeader(pcm.length, RATE), pcm]));
    return path;
  }

  #until(holds: () => boolean): Promise<void> {
    return new Promise((settle) => {
      const listener = () => {
        if (!holds()) return;
        this.#listeners.delete(listener);
        settle();
      };
      this.#listeners.add(listener);
    });
  }

  #hear(chunk: Buffer): void {
    const heard = Buffer.concat([this.#carry, chunk]);
    const whole = heard.length - (heard.length % WINDOW_BYTES);
    for (let at = 0; at < whole; at += WINDOW_BYTES) this.#judge(heard.subarray(at, at + WINDOW_BYTES));
    this.#carry = heard.subarray(whole);
    for (const listener of [...this.#listeners]) listener();
  }

  #judge(window: Buffer): void {
    const samples = new Int16Array(Uint8Array.from(window).buffer);
    const sounds = samples.some((sample) => Math.abs(sample) > SOUND);
    this.#silentMs = sounds ? 0 : this.#silentMs + WINDOW_MS;
    if (sounds) {
      this.#soundedMs += WINDOW_MS;
      this.firstSoundAt ??= Date.now();
      this.lastSoundAt = Date.now();
    }
    if (this.#soundedMs > 0) this.#kept.push(window);
  }
}
