/** When to try again: soon at first, then ever more patiently, and never in step with everybody else's pages. Pure. */

const BACKOFF_MS = [200, 500, 1_000, 2_000, 4_000] as const;
/** Two links that die young are bad luck; from the third on it is a pattern and costs patience. */
const FREE_FLAPS = 2;
const JITTER = 0.25;

export class Backoff {
  #tries = 0;
  #flaps = 0;

  constructor(private readonly random: () => number = Math.random) {}

  /** The link is gone. `lasted`: it had lived long enough to be a good one. */
  onConnectionLost(lasted: boolean): void {
    this.#flaps = lasted ? 0 : this.#flaps + 1;
    this.#tries = Math.max(0, this.#flaps - FREE_FLAPS);
  }

  /** How long to wait before the next try, in ms. The first one comes at once: a person waits in mid-sentence. */
  nextDelayMs(): number {
    const waitMs = BACKOFF_MS[Math.min(this.#tries, BACKOFF_MS.length - 1)] ?? 0;
    const jitter = this.#tries === 0 ? 0 : JITTER * (2 * this.random() - 1);
    this.#tries++;
    return Math.round(waitMs * (1 + jitter));
  }
}
