/**
 * Packet loss concealment: repeats the last pitch period, fading out. Pure.
 *
 * The idea is that of ITU-T G.711 Appendix I: speech changes slowly, so for some 10 ms its own last period is the best guess.
 * The first 20 ms are nearly as loud as before; after 60 ms there is silence, because a longer tone would sound like a machine.
 * Where the sound has no period (an s, breath), any period will do: noise stays noise.
 */
import { OUTPUT_RATE } from "../types/wire.gen";

const SAMPLES_PER_MS = OUTPUT_RATE / 1000;
/** 66 to 400 Hz: the pitch of human and synthetic speech. */
const MIN_PERIOD = OUTPUT_RATE / 400;
const MAX_PERIOD = Math.floor(OUTPUT_RATE / 66);
/** The samples compared to find the period: 15 ms, every second sample, which is enough below 6 kHz. */
const WINDOW = 15 * SAMPLES_PER_MS;
const STEP = 2;
/** How many played samples must be kept. */
export const MEMORY_SAMPLES = WINDOW + MAX_PERIOD;
const LOUD_SAMPLES = 10 * SAMPLES_PER_MS;
const MAX_SAMPLES = 60 * SAMPLES_PER_MS;
/** The end of a period is crossfaded over this share of it with what preceded its start, so that the seam is not heard. */
const OVERLAP = 0.25;
const LEAN_SAMPLES = 2 * SAMPLES_PER_MS;

/** The concealment of one gap. It lasts for as long as it is asked to, and ends in silence. */
export class Concealment {
  readonly #period: Float32Array;
  /** Offset of the first sample from where the audio was heading; removed within 2 ms. */
  readonly #step: number;
  #at = 0;

  /** `before`: what played last, the newest `MEMORY_SAMPLES` of it or less. */
  constructor(before: Float32Array) {
    const length = before.length < WINDOW + MIN_PERIOD ? 0 : periodOf(before);
    this.#period = length > 0 ? onePeriod(before, length) : mirrored(before);
    const cameBefore = length > 0 ? before[before.length - length - 1] : before.at(-1);
    this.#step = (before.at(-1) ?? 0) - (cameBefore ?? 0);
  }

  /** The next `count` samples in place of the lost ones. */
  conceal(count: number): Float32Array {
    const out = new Float32Array(count);
    for (let n = 0; n < count && this.#at < MAX_SAMPLES && this.#period.length > 0; n++, this.#at++) {
      const guess = this.#period[this.#at % this.#period.length] ?? 0;
      out[n] = (guess + this.#step * Math.max(0, 1 - this.#at / LEAN_SAMPLES)) * gain(this.#at);
    }
    return out;
  }
}

/** The fade. Never quite as loud as the audio itself: neither a listener nor a test should mistake a repetition for it. */
function gain(at: number): number {
  return 0.99 * (at < LOUD_SAMPLES ? 1 : Math.max(0, 1 - (at - LOUD_SAMPLES) / (MAX_SAMPLES - LOUD_SAMPLES)));
}

/** The last period of `before`, made to loop without a step. */
function onePeriod(before: Float32Array, length: number): Float32Array {
  const start = before.length - length;
  const period = before.slice(start);
  const overlap = Math.min(Math.floor(length * OVERLAP), start);
  for (let n = 0; n < overlap; n++) {
    // Towards its end the period turns into what preceded its start.
    const share = (n + 1) / overlap;
    const at = length - overlap + n;
    period[at] = (period[at] ?? 0) * (1 - share) + (before[start - overlap + n] ?? 0) * share;
  }
  return period;
}

/** Fallback when there are too few samples to find a period: backwards and forwards again, which has no step either. */
function mirrored(before: Float32Array): Float32Array {
  const back = before.slice(-LOUD_SAMPLES / 2).reverse();
  return Float32Array.from([...back, ...back.toReversed()]);
}

/** The pitch period, by normalised correlation of the last 15 ms with what came up to 15 ms earlier. */
function periodOf(before: Float32Array): number {
  const end = before.length;
  const most = Math.min(MAX_PERIOD, end - WINDOW);
  let best = MIN_PERIOD;
  let bestScore = -Infinity;
  for (let lag = MIN_PERIOD; lag <= most; lag++) {
    let product = 0;
    let energy = 1e-9;
    for (let at = end - WINDOW; at < end; at += STEP) {
      const earlier = before[at - lag] ?? 0;
      product += (before[at] ?? 0) * earlier;
      energy += earlier * earlier;
    }
    const score = product / Math.sqrt(energy);
    // A multiple of the period fits as well: a longer one must be clearly better.
    if (score > bestScore * (bestScore > 0 ? 1.02 : 1)) {
      best = lag;
      bestScore = score;
    }
  }
  return best;
}
