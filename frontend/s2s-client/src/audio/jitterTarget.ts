/** How much voice must lie ready before playing starts: grows when the voice ran dry, shrinks when it stays wet. Pure. */

const FLOOR_MS = 40;
// Below the gateway's lead of 240 ms: a higher target could never be reached.
const CEILING_MS = 160;
const STEP_MS = 20;
const CALM_MS = 5_000;

export class JitterTarget {
  ms = FLOOR_MS;
  #calmMs = 0;

  /** The voice ran dry in mid-turn. */
  underrun(): void {
    this.ms = Math.min(CEILING_MS, this.ms + STEP_MS);
    this.#calmMs = 0;
  }

  /** `ms` more of voice were played without a break. */
  played(ms: number): void {
    this.#calmMs += ms;
    if (this.#calmMs < CALM_MS) return;
    this.#calmMs = 0;
    this.ms = Math.max(FLOOR_MS, this.ms - STEP_MS);
  }
}
