/** Playback gain: the user's volume, and ducking while the user speaks over the model. Pure. */
import { OUTPUT_RATE } from "../types/wire.gen";

/** None, half as loud while speech is likely, or fully ducked while speech is detected. */
export type Ducking = "none" | "half" | "full";

/** -7 dB: half as loud, and harmless for a quarter of a second. -18 dB: audible, but no longer in the way. */
const GAIN: Readonly<Record<Ducking, number>> = { none: 1, half: 0.45, full: 0.126 };
/** As fast as is possible without a click: half as loud after 6 ms. */
const DOWN_SAMPLES = 0.01 * OUTPUT_RATE;
/** Slow enough not to startle; 140 ms from half to full volume. */
const UP_SAMPLES = 0.25 * OUTPUT_RATE;

export class Gain {
  volume = 1;
  ducking: Ducking = "none";
  #gain = 1;

  /** Scales samples at 24 kHz in place. No sample is dropped. */
  apply(samples: Float32Array): void {
    const goal = this.volume * GAIN[this.ducking];
    if (this.#gain === goal && goal === 1) return;
    const step = goal < this.#gain ? -1 / DOWN_SAMPLES : 1 / UP_SAMPLES;
    for (let at = 0; at < samples.length; at++) {
      const next = this.#gain + step;
      this.#gain = step < 0 ? Math.max(goal, next) : Math.min(goal, next);
      samples[at] = (samples[at] as number) * this.#gain;
    }
  }
}
