/** Hears whether a person speaks, knowing what our own loudspeaker plays. 32 ms at a time. Pure. */
import { Bands, HOP } from "./bands";
import { EchoWatch } from "./echoWatch";
import { CHUNK, Silero } from "./silero";

export type Sensitivity = "low" | "normal" | "high";

/** How sure the detector must be. Measured: docs/decisions/0013. */
const SURE: Record<Sensitivity, number> = { low: 0.8, normal: 0.5, high: 0.25 };

export interface EarReport {
  /** A person speaks. */
  readonly voice: boolean;
  /** It would have been taken for a person, but it is our own voice. */
  readonly echo: boolean;
  readonly likelihood: number;
}

export class Ear {
  sensitivity: Sensitivity = "normal";
  readonly #silero: Silero;
  readonly #watch = new EchoWatch();
  readonly #micBands = new Bands();
  readonly #playedBands = new Bands();
  readonly #mic = new Float32Array(CHUNK);
  readonly #played = new Float32Array(CHUNK);
  #filled = 0;

  constructor(weights: ArrayBuffer) {
    this.#silero = new Silero(weights);
  }

  /** Samples of the microphone at 16 kHz and as many of what was played meanwhile; reports once per 512. */
  hear(mic: Float32Array, played: Float32Array): EarReport[] {
    const reports: EarReport[] = [];
    let from = 0;
    while (from < mic.length) {
      const count = Math.min(mic.length - from, CHUNK - this.#filled);
      this.#mic.set(mic.subarray(from, from + count), this.#filled);
      this.#played.set(played.subarray(from, from + count), this.#filled);
      this.#filled += count;
      from += count;
      if (this.#filled === CHUNK) reports.push(this.#judge());
    }
    return reports;
  }

  #judge(): EarReport {
    this.#filled = 0;
    let near = false;
    let echo = false;
    for (let hop = 0; hop < CHUNK; hop += HOP) {
      const verdict = this.#watch.step(
        this.#micBands.step(this.#mic.subarray(hop, hop + HOP)),
        this.#playedBands.step(this.#played.subarray(hop, hop + HOP)),
      );
      near = verdict.near;
      echo = verdict.echo;
    }
    const likelihood = this.#silero.hear(this.#mic);
    const speech = likelihood >= SURE[this.sensitivity];
    return { voice: speech && near, echo: speech && echo && !near, likelihood };
  }
}
