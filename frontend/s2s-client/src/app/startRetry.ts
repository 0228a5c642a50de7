/** Automatic retry of a start that the gateway refused temporarily: a few attempts, with a countdown shown to the user. */
import type { Failure, FailureCode } from "../types";

/** Refusals that are temporary. */
const PASSING: readonly FailureCode[] = [
  "gateway-busy",
  "gateway-stopping",
  "too-many-requests",
  "too-many-sessions-from-address",
  "upstream-unavailable",
];
const MAX_RETRIES = 5;
/** Users do not watch a longer countdown, and a microphone that opens after it would be a surprise. */
const MAX_WAIT_S = 60;
/** Spreads the retries of many pages. */
const JITTER = 0.25;

export class StartRetry {
  #done = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    private readonly again: () => void,
    private readonly random: () => number = Math.random,
  ) {}

  /** Time of the automatic retry, by the local clock; null if the user has to decide. */
  plan({ code, retryAfterS }: Failure, nowMs: number): number | null {
    this.#stop();
    const passes = PASSING.includes(code) && retryAfterS !== undefined && retryAfterS <= MAX_WAIT_S;
    if (!passes || this.#done >= MAX_RETRIES) return null;
    this.#done++;
    const waitMs = Math.ceil(1000 * retryAfterS * (1 + JITTER * this.random()));
    this.#timer = setTimeout(this.again, waitMs);
    return nowMs + waitMs;
  }

  /** Resets the count: the user has decided, or the start succeeded. */
  reset(): void {
    this.#stop();
    this.#done = 0;
  }

  #stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
