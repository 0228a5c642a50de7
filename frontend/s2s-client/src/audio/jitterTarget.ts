/**
 * The jitter buffer's target: how much audio must be buffered before playing. Grows after underruns, shrinks without them.
 * Pure.
 */

/** The user's preference on a bad network: as it needs, the quickest answers, or the fewest gaps. */
export type Robustness = "automatic" | "low-latency" | "robust";

/**
 * The minimum and maximum, below the gateway's lead of 240 ms: a higher target could never be reached. After `calmMs` of audio
 * without an underrun the target drops by one step.
 */
type Bounds = readonly [floorMs: number, ceilingMs: number, calmMs: number];

/** Measured in jitterTarget.test.ts; docs/network.md has the figures. */
const BOUNDS: Readonly<Record<Robustness, Bounds>> = {
  "low-latency": [40, 80, 2_500],
  automatic: [40, 160, 5_000],
  robust: [120, 200, 20_000],
};
const STEP_MS = 20;

export class JitterTarget {
  #bounds = BOUNDS.automatic;
  #ms = this.#bounds[0];
  #calmMs = 0;

  get ms(): number {
    return this.#ms;
  }

  /** Takes effect at the next start or underrun: what plays is not disturbed. */
  setRobustness(wish: Robustness): void {
    this.#bounds = BOUNDS[wish];
    this.#ask(this.#ms);
  }

  /** Records an underrun in mid-turn. */
  onUnderrun(): void {
    this.#ask(this.#ms + STEP_MS);
    this.#calmMs = 0;
  }

  /** Records that `ms` more of audio were played without an underrun. */
  onFramePlayed(ms: number): void {
    this.#calmMs += ms;
    if (this.#calmMs < this.#bounds[2]) return;
    this.#calmMs = 0;
    this.#ask(this.#ms - STEP_MS);
  }

  #ask(ms: number): void {
    const [floorMs, ceilingMs] = this.#bounds;
    this.#ms = Math.min(ceilingMs, Math.max(floorMs, ms));
  }
}
