/** Copies what was played, in chunks of 20 ms; silent ones are left out. Pure. */
import { OUTPUT_SAMPLES } from "../types/wire.gen";
import { floatToInt16 } from "./pcm";

export class PlayoutTap {
  #pending = new Int16Array(OUTPUT_SAMPLES);
  #filled = 0;
  #sounds = false;

  /** `frame` is the device's number of the chunk's first sample. */
  constructor(private readonly tell: (pcm: Int16Array<ArrayBuffer>, frame: number) => void) {}

  /** Adds samples at 24 kHz; the device numbers the first of them `frame`. */
  pushSamples(samples: Float32Array, frame: number): void {
    for (let at = 0; at < samples.length; at++) {
      const sample = floatToInt16(samples[at] as number);
      this.#pending[this.#filled++] = sample;
      this.#sounds ||= sample !== 0;
      if (this.#filled === OUTPUT_SAMPLES) this.#emit(frame + at + 1 - OUTPUT_SAMPLES);
    }
  }

  #emit(frame: number): void {
    this.#filled = 0;
    if (!this.#sounds) return;
    this.#sounds = false;
    this.tell(this.#pending, frame);
    this.#pending = new Int16Array(OUTPUT_SAMPLES);
  }
}
