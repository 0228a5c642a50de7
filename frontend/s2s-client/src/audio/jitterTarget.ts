/** How much voice must lie ready before playing starts: grows when the voice ran dry, shrinks when it stays wet. Pure. */

/** What the person wishes of a bad network: as it needs it, the quickest answers, or the fewest gaps. */
export type Robustness = "automatic" | "low-latency" | "robust";

/**
 * The least and the most, below the gateway's lead of 240 ms: a higher target could never be reached. After `calmMs` of
 * voice without a break a step less is asked for.
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

  /** Counts from the next start on, or from the next time that the voice runs dry: what sounds goes on. */
  setRobustness(wish: Robustness): void {
    this.#bounds = BOUNDS[wish];
    this.#ask(this.#ms);
  }

  /** The voice ran dry in mid-turn. */
  onUnderrun(): void {
    this.#ask(this.#ms + STEP_MS);
    this.#calmMs = 0;
  }

  /** `ms` more of voice were played without a break. */
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
