/** Reconnect backoff: short delays at first, then growing ones, with jitter so that pages do not reconnect in step. Pure. */

const BACKOFF_MS = [200, 500, 1_000, 2_000, 4_000] as const;
/** Two links that fail early may be bad luck; from the third on it is a pattern, and the backoff grows. */
const FREE_FLAPS = 2;
const JITTER = 0.25;

export class Backoff {
  #tries = 0;
  #flaps = 0;

  constructor(private readonly random: () => number = Math.random) {}

  /** Records that the link is gone. `lasted`: it was open long enough to count as stable. */
  onConnectionLost(lasted: boolean): void {
    this.#flaps = lasted ? 0 : this.#flaps + 1;
    this.#tries = Math.max(0, this.#flaps - FREE_FLAPS);
  }

  /** The delay before the next attempt, in ms. The first attempt is immediate: the user is waiting in mid-sentence. */
  nextDelayMs(): number {
    const waitMs = BACKOFF_MS[Math.min(this.#tries, BACKOFF_MS.length - 1)] ?? 0;
    const jitter = this.#tries === 0 ? 0 : JITTER * (2 * this.random() - 1);
    this.#tries++;
    return Math.round(waitMs * (1 + jitter));
  }
}
