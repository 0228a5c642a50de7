/**
 * Detects whether a person speaks, given what our own loudspeaker plays. Pure.
 *
 * The network evaluates 32 ms, and speech that starts in the middle of them has to wait for the next chunk. So two detectors
 * alternate, half a chunk apart, and there is a result every 16 ms. Measured: docs/decisions/0020.
 */
import { FilterBank, HOP } from "./filterBank";
import { EchoDetector } from "./echoDetector";
import { CHUNK, readWeights, Silero } from "./silero";

export type Sensitivity = "low" | "normal" | "high";

/** The likelihood that one of the detectors must reach. Measured: docs/decisions/0020. */
const SPEECH_THRESHOLD: Record<Sensitivity, number> = { low: 0.8, normal: 0.6, high: 0.25 };
/** Enough for ducking, which is undone if no speech follows. A soft onset reaches it 50 ms sooner. */
const DUCK_THRESHOLD: Record<Sensitivity, number> = { low: 0.6, normal: 0.2, high: 0.15 };

/** Interval of the reports. */
export const HOP_MS = HOP / 16;

export interface VoiceReport {
  /** A person speaks. */
  readonly voice: boolean;
  /** Speech is likely; always true where it is detected. */
  readonly perhaps: boolean;
  /** It would have counted as speech, but it is our own playback. */
  readonly echo: boolean;
  readonly likelihood: number;
}

export class VoiceDetector {
  sensitivity: Sensitivity = "normal";
  /** The first evaluates every second hop and the one before it, the second those in between. */
  readonly #detectors: readonly [Silero, Silero];
  readonly #watch = new EchoDetector();
  readonly #micBands = new FilterBank();
  readonly #playedBands = new FilterBank();
  /** The last two hops; the second one is being filled. */
  readonly #mic = new Float32Array(CHUNK);
  readonly #played = new Float32Array(HOP);
  #filled = 0;
  #hops = 0;

  constructor(file: ArrayBuffer) {
    const weights = readWeights(file);
    this.#detectors = [new Silero(weights), new Silero(weights)];
  }

  /** Processes microphone samples at 16 kHz with the playback of the same time; reports once per 256. */
  processAudio(mic: Float32Array, played: Float32Array): VoiceReport[] {
    const reports: VoiceReport[] = [];
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

  #judge(): VoiceReport {
    const { near, echo } = this.#watch.processHop(this.#micBands.analyze(this.#mic.subarray(HOP)), this.#playedBands.analyze(this.#played));
    const likelihood = this.#detectors[this.#hops++ % 2 === 0 ? 0 : 1].detect(this.#mic);
    this.#mic.copyWithin(0, HOP);
    this.#filled = 0;
    const speech = likelihood >= SPEECH_THRESHOLD[this.sensitivity];
    const perhaps = near && likelihood >= DUCK_THRESHOLD[this.sensitivity];
    return { voice: speech && near, perhaps, echo: speech && echo && !near, likelihood };
  }
}
