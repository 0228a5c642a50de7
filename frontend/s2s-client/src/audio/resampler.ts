/**
 * Windowed-sinc low-pass and rate change for microphones whose context cannot run at 16 kHz. Pure.
 * Pass band to 0.4 of the output rate; aliases at least 60 dB down (tested).
 */
const ZERO_CROSSINGS = 32;
const RESOLUTION = 256;

export class Resampler {
  readonly #step: number;
  readonly #cutoff: number;
  readonly #reach: number;
  /** One half of the symmetric kernel, in steps of 1/RESOLUTION input samples. */
  readonly #table: Float32Array;
  #history: Float32Array;
  /** Position of the next output sample, in input samples from the start of the history. */
  #place: number;

  constructor(inputRate: number, outputRate: number) {
    this.#step = inputRate / outputRate;
    // Cycles per input sample; below both Nyquist limits, with room for the filter's slope.
    this.#cutoff = 0.45 * Math.min(1, outputRate / inputRate);
    this.#reach = Math.ceil(ZERO_CROSSINGS / (2 * this.#cutoff));
    this.#table = Float32Array.from({ length: this.#reach * RESOLUTION + 2 }, (_, at) => this.#kernel(at / RESOLUTION));
    this.#history = new Float32Array(this.#reach);
    this.#place = this.#reach;
  }

  /** Takes samples at the input rate and returns the output samples that can be computed by now. */
  process(input: Float32Array): Float32Array {
    const all = new Float32Array(this.#history.length + input.length);
    all.set(this.#history);
    all.set(input, this.#history.length);
    const out: number[] = [];
    while (this.#place + this.#reach < all.length) {
      out.push(this.#sampleAt(all, this.#place));
      this.#place += this.#step;
    }
    const keepFrom = Math.max(0, Math.floor(this.#place) - this.#reach);
    this.#history = all.slice(keepFrom);
    this.#place -= keepFrom;
    return Float32Array.from(out);
  }

  #sampleAt(all: Float32Array, place: number): number {
    const first = Math.max(0, Math.ceil(place - this.#reach));
    const last = Math.min(all.length - 1, Math.floor(place + this.#reach));
    let sum = 0;
    for (let at = first; at <= last; at++) {
      sum += (all[at] ?? 0) * this.#lookUp(Math.abs(at - place));
    }
    return sum;
  }

  #lookUp(distance: number): number {
    const place = distance * RESOLUTION;
    const at = Math.floor(place);
    const low = this.#table[at] ?? 0;
    return low + (place - at) * ((this.#table[at + 1] ?? 0) - low);
  }

  #kernel(distance: number): number {
    if (distance >= this.#reach) return 0;
    const x = 2 * this.#cutoff * distance;
    const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
    const phase = (Math.PI * distance) / this.#reach;
    const blackman = 0.42 + 0.5 * Math.cos(phase) + 0.08 * Math.cos(2 * phase);
    return 2 * this.#cutoff * sinc * blackman;
  }
}
