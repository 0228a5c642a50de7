/** The keys of a headset or keyboard, as a Linux desktop hands them on: MPRIS over a D-Bus of the stories' own. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { guarded } from "../machine";

export class MediaKeys {
  private constructor(
    /** For DBUS_SESSION_BUS_ADDRESS of the browser. */
    readonly bus: string,
    private readonly guard: ChildProcess,
  ) {}

  static async open(): Promise<MediaKeys> {
    const bus = `unix:path=${join(mkdtempSync(join(tmpdir(), "s2s-bus-")), "bus")}`;
    const daemon = `exec dbus-daemon --session --nofork --nopidfile --address=${bus} --print-address=1`;
    const guard = spawn(guarded(daemon), { shell: true, stdio: ["pipe", "pipe", "ignore"] });
    await new Promise<void>((settle, fail) => {
      guard.stdout.once("data", () => { settle(); });
      guard.once("exit", () => { fail(new Error("dbus-daemon did not start. Install it (Debian: apt-get install dbus).")); });
    });
    return new MediaKeys(bus, guard);
  }

  /** As the desktop does when somebody presses it. Rejects where no program listens. */
  press(key: "play-pause" | "play" | "pause" | "stop"): Promise<string> {
    return this.#playerctl(key);
  }

  /** What the desktop shows: "Playing", and of what. Empty where no program plays. */
  async shown(): Promise<string> {
    return this.#playerctl("metadata", "--format", "{{status}}: {{title}}").catch(() => "");
  }

  async #playerctl(...words: string[]): Promise<string> {
    const env = { ...process.env, DBUS_SESSION_BUS_ADDRESS: this.bus };
    return (await promisify(execFile)("playerctl", words, { env })).stdout.trim();
  }

  close(): void {
    this.guard.stdin?.end();
  }
}
