/** A microphone and a loudspeaker of the doctor's own, beside those of a call. */
import captureUrl from "../../audio/capture.worklet.ts?worker&url";
import { readSamples } from "../../audio/pcm";
import { CAPTURE_PROCESSOR, type FromCapture } from "../../audio/workletProtocol";
import { type MicProcessing, openMicrophone } from "../../services/media/microphone";
import { FRAME_MS, INPUT_RATE } from "../../types";
import { type EchoFound, findEcho, sweep, SWEEP_S } from "./echoDetection";
import { decibels, powerOf, type InputLevel, inputLevel } from "./inputLevel";
import { pause, withTimeout } from "./withTimeout";

const LISTEN_MS = 3_000;
const START_MS = 8_000;
/** Between the sounds, for the room to die away. */
const GAP_MS = 100;
const BEFORE_MS = 150;
/** The slowest wireless loudspeaker, and the room. */
const AFTER_MS = 700;
const QUIETEST_DB = -70;

export interface Devices extends MicProcessing {
  readonly microphone: string;
  readonly loudspeaker: string;
  /** 0 to 1. */
  readonly volume: number;
}

type SinkContext = AudioContext & { setSinkId?(id: string): Promise<void> };

export class AudioCheck {
  readonly #context: SinkContext = new AudioContext({ latencyHint: "interactive" });
  #stream: MediaStream | null = null;
  #frames: { readonly samples: Float32Array; readonly atMs: number }[] = [];
  #onFrame: (() => void) | null = null;
  #closed = false;

  /** Call it in a click: browsers let only a gesture start sound. */
  constructor(private readonly devices: Devices) {}

  /** How loud it is now, 0 to 1; for a meter. */
  readonly read = (): number => {
    const last = this.#frames.at(-1);
    return last ? Math.max(0, 1 - decibels(powerOf(last.samples)) / QUIETEST_DB) : 0;
  };

  /** Opens the microphone and listens. Throws CallFailure with words for people. */
  async level(signal: AbortSignal): Promise<InputLevel> {
    await this.#open(signal);
    await pause(LISTEN_MS, signal);
    return inputLevel(this.#frames.map(({ samples }) => samples));
  }

  /** Two sounds for an echo canceller to learn from, and a third one that is looked for. */
  async echo(signal: AbortSignal): Promise<EchoFound | null> {
    this.#frames = [];
    await this.#use(this.devices.loudspeaker);
    const startsAtMs = Date.now() + BEFORE_MS;
    const stepMs = 1000 * SWEEP_S + GAP_MS;
    (["up", "up", "down"] as const).forEach((direction, at) => {
      this.#play(sweep(INPUT_RATE, direction), this.#context.currentTime + (BEFORE_MS + at * stepMs) / 1000);
    });
    const wantedAtMs = startsAtMs + 2 * stepMs;
    await pause(wantedAtMs + 1000 * SWEEP_S + AFTER_MS - Date.now(), signal);
    const heard = this.#frames.filter(({ atMs }) => atMs >= wantedAtMs);
    if (heard.length < AFTER_MS / FRAME_MS) throw new Error("no sound came from the mic");
    return findEcho(joined(heard.map(({ samples }) => samples)), sweep(INPUT_RATE, "down"), INPUT_RATE);
  }

  close(): void {
    this.#closed = true;
    this.#stream?.getTracks().forEach((track) => {
      track.stop();
    });
    if (this.#context.state !== "closed") void this.#context.close();
  }

  async #open(signal: AbortSignal): Promise<void> {
    const stream = await openMicrophone(this.devices.microphone, this.devices);
    this.#stream = stream;
    if (this.#closed || signal.aborted) {
      this.close();
      signal.throwIfAborted();
    }
    await this.#context.audioWorklet.addModule(captureUrl);
    const recorder = new AudioWorkletNode(this.#context, CAPTURE_PROCESSOR, { channelCount: 1, channelCountMode: "explicit", outputChannelCount: [1] });
    const first = new Promise<void>((resolve) => (this.#onFrame = resolve));
    recorder.port.onmessage = ({ data }: MessageEvent<FromCapture>) => {
      this.#frames.push({ samples: readSamples(data.frame), atMs: data.atMs });
      this.#onFrame?.();
    };
    this.#context.createMediaStreamSource(stream).connect(recorder);
    // Its output is silent; without a way to the destination some browsers never run the node.
    recorder.connect(this.#context.destination);
    void this.#context.resume();
    await withTimeout(first, START_MS, "No sound is coming from the mic, or there’s no speaker to play on.", signal);
  }

  async #use(loudspeaker: string): Promise<void> {
    if (!loudspeaker || !this.#context.setSinkId) return;
    try {
      await this.#context.setSinkId(loudspeaker);
    } catch (fault) {
      console.warn("S2S: the chosen loudspeaker is gone; the system's own is examined.", fault);
    }
  }

  #play(samples: Float32Array<ArrayBuffer>, atS: number): void {
    const buffer = new AudioBuffer({ length: samples.length, sampleRate: INPUT_RATE });
    buffer.copyToChannel(samples, 0);
    const source = new AudioBufferSourceNode(this.#context, { buffer });
    source.connect(new GainNode(this.#context, { gain: this.devices.volume })).connect(this.#context.destination);
    source.start(atS);
  }
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
