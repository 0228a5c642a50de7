/** The ear in a thread of its own: both worklets talk to it, and it tells the loudspeaker to be quieter. */
import type { FromEar, PlayedSound, ToEar, ToPlayback } from "../audio/protocol";
import { Resampler } from "../audio/resampler";
import { INPUT_RATE, OUTPUT_RATE } from "../types/wire.gen";
import { BargeIn } from "./bargeIn";
import { Ear, type EarReport } from "./ear";

const CHUNK_MS = 32;
/** 60 ms at 16 kHz. More means that the two clocks have drifted apart: the oldest goes. */
const MOST_WAITING = 960;
const SILENCE = new Float32Array(480);

const page = self as unknown as { onmessage: unknown; postMessage(message: FromEar): void };

class EarThread {
  readonly #ear: Ear;
  readonly #bargeIn = new BargeIn();
  readonly #resampler = new Resampler(OUTPUT_RATE, INPUT_RATE);
  /** Played and not yet laid beside the microphone. */
  #waiting = new Float32Array(0);
  #speaking = false;
  #told = false;
  #echoSteps = 0;
  #loudspeaker: MessagePort | null = null;

  constructor(weights: ArrayBuffer) {
    this.#ear = new Ear(weights);
  }

  take(message: ToEar): void {
    if (message.kind === "sensitivity") this.#ear.sensitivity = message.value;
    if (message.kind === "microphone") {
      message.port.onmessage = ({ data }: MessageEvent<Float32Array>) => {
        this.#hear(data);
      };
    }
    if (message.kind === "loudspeaker") {
      this.#loudspeaker = message.port;
      message.port.onmessage = ({ data }: MessageEvent<PlayedSound>) => {
        this.#played(data);
      };
    }
  }

  #played({ pcm, speaking }: PlayedSound): void {
    if (!speaking) this.#echoSteps = 0;
    this.#speaking = speaking;
    const more = this.#resampler.process(pcm ?? SILENCE);
    const all = new Float32Array(this.#waiting.length + more.length);
    all.set(this.#waiting);
    all.set(more, this.#waiting.length);
    this.#waiting = all.length > MOST_WAITING ? all.slice(-INPUT_RATE / 50) : all;
  }

  #hear(mic: Float32Array): void {
    const played = new Float32Array(mic.length);
    played.set(this.#waiting.subarray(0, mic.length));
    this.#waiting = this.#waiting.slice(mic.length);
    this.#ear.hear(mic, played).forEach((report) => {
      this.#react(report);
    });
  }

  #react({ voice, echo }: EarReport): void {
    const ducked = this.#bargeIn.step({ voice, speaking: this.#speaking }, CHUNK_MS);
    if (ducked !== this.#told) {
      this.#told = ducked;
      const message: ToPlayback = { kind: "duck", on: ducked };
      this.#loudspeaker?.postMessage(message);
      page.postMessage({ kind: "ducked", on: ducked });
    }
    if (echo && this.#speaking) this.#echoSteps++;
    if (this.#echoSteps === ECHO_STEPS) page.postMessage({ kind: "echo" });
  }
}

/** Half a second of our own voice that sounds like a person: an echo that the browser does not cancel. */
const ECHO_STEPS = 16;

let thread: EarThread | null = null;
page.onmessage = ({ data }: MessageEvent<ToEar>) => {
  if (data.kind === "start") thread = new EarThread(data.weights);
  else thread?.take(data);
};
