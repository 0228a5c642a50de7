/**
 * Hears whether a person speaks, knowing what our own loudspeaker plays. Pure.
 *
 * The network looks at 32 ms, and a voice that begins in the middle of them has to wait for the next. So two detectors
 * take turns, half of that apart, and the ear speaks every 16 ms. Measured: docs/decisions/0020.
 */
import { Bands, HOP } from "./filterBank";
import { EchoWatch } from "./echoDetector";
import { CHUNK, readWeights, Silero } from "./silero";

export type Sensitivity = "low" | "normal" | "high";

/** How sure one of the detectors must be. Measured: docs/decisions/0020. */
const SURE: Record<Sensitivity, number> = { low: 0.8, normal: 0.6, high: 0.25 };
/** Enough for a dip that is taken back when nobody was there. A soft beginning is believed this far 50 ms sooner. */
const PERHAPS: Record<Sensitivity, number> = { low: 0.6, normal: 0.2, high: 0.15 };

/** From one report to the next. */
export const HOP_MS = HOP / 16;

export interface EarReport {
  /** A person speaks. */
  readonly voice: boolean;
  /** Perhaps a person speaks; whoever surely does perhaps does. */
  readonly perhaps: boolean;
  /** It would have been taken for a person, but it is our own voice. */
  readonly echo: boolean;
  readonly likelihood: number;
}

export class Ear {
  sensitivity: Sensitivity = "normal";
  /** The first hears every second hop and the one before it, the second those between. */
  readonly #detectors: readonly [Silero, Silero];
  readonly #watch = new EchoWatch();
  readonly #micBands = new Bands();
  readonly #playedBands = new Bands();
  /** The last two hops; the second one is being filled. */
  readonly #mic = new Float32Array(CHUNK);
  readonly #played = new Float32Array(HOP);
  #filled = 0;
  #hops = 0;

  constructor(file: ArrayBuffer) {
    const weights = readWeights(file);
    this.#detectors = [new Silero(weights), new Silero(weights)];
  }

  /** Samples of the microphone at 16 kHz and as many of what was played meanwhile; reports once per 256. */
  hear(mic: Float32Array, played: Float32Array): EarReport[] {
    const reports: EarReport[] = [];
    let from = 0;
    while (from < mic.length) {
      const count = Math.min(mic.length - from, HOP - this.#filled);
      this.#mic.set(mic.subarray(from, from + count), HOP + this.#filled);
      this.#played.set(played.subarray(from, from + count), this.#filled);
      this.#filled += count;
      from += count;
      if (this.#filled === HOP) reports.push(this.#judge());
    }
    return reports;
  }

  #judge(): EarReport {
    const { near, echo } = this.#watch.step(this.#micBands.step(this.#mic.subarray(HOP)), this.#playedBands.step(this.#played));
    const likelihood = this.#detectors[this.#hops++ % 2 === 0 ? 0 : 1].hear(this.#mic);
    this.#mic.copyWithin(0, HOP);
    this.#filled = 0;
    const speech = likelihood >= SURE[this.sensitivity];
    const perhaps = near && likelihood >= PERHAPS[this.sensitivity];
    return { voice: speech && near, perhaps, echo: speech && echo && !near, likelihood };
  }
}
