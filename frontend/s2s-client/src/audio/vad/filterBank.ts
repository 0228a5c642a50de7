/** Power of short audio blocks in sixteen bands from 200 Hz to 6 kHz, spaced evenly as the ear hears. Pure. */
import { transform } from "./fft";

/** Samples at 16 kHz from one block to the next: 16 ms. */
export const HOP = 256;
export const BANDS = 16;
const WINDOW = 512;
const MIN_HZ = 200;
const MAX_HZ = 6_000;
const HZ_PER_BIN = 16_000 / WINDOW;

const HANN = Float64Array.from({ length: WINDOW }, (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / WINDOW));
const EDGES = Array.from({ length: BANDS + 1 }, (_, band) =>
  Math.round((MIN_HZ * (MAX_HZ / MIN_HZ) ** (band / BANDS)) / HZ_PER_BIN),
);

export class FilterBank {
  readonly #block = new Float32Array(WINDOW);
  readonly #re = new Float64Array(WINDOW);
  readonly #im = new Float64Array(WINDOW);

  /** Takes the next 256 samples, full scale 1; returns the mean power per band of the last 512. */
  analyze(hop: Float32Array): Float32Array {
    this.#block.copyWithin(0, HOP);
    this.#block.set(hop, WINDOW - HOP);
    this.#im.fill(0);
    for (let n = 0; n < WINDOW; n++) this.#re[n] = at(this.#block, n) * at(HANN, n);
    transform(this.#re, this.#im);
    return Float32Array.from({ length: BANDS }, (_, band) => this.#power(band));
  }

  #power(band: number): number {
    const from = EDGES[band] as number;
    const to = Math.max(from + 1, EDGES[band + 1] as number);
    let sum = 0;
    for (let bin = from; bin < to; bin++) sum += at(this.#re, bin) ** 2 + at(this.#im, bin) ** 2;
    return sum / WINDOW / (to - from);
  }
}

const at = (values: Float32Array | Float64Array, place: number): number => values[place] as number;
