/** A start that the gateway refused for a while is tried again by the page, some times, with the person watching. */
import type { Failure, FailureCode } from "../types";

/** Refusals that pass by themselves. */
const PASSING: readonly FailureCode[] = [
  "gateway-busy",
  "gateway-stopping",
  "too-many-requests",
  "too-many-sessions-from-address",
  "upstream-unavailable",
];
const MAX_RETRIES = 5;
/** A user does not watch a longer countdown, and a microphone that opens after it would be a surprise. */
const MAX_WAIT_S = 60;
/** So that not all pages come back in the same moment. */
const JITTER = 0.25;

export class StartRetry {
  #done = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    private readonly again: () => void,
    private readonly random: () => number = Math.random,
  ) {}

  /** Time of the automatic retry, by the machine's clock; null where the user has to decide. */
  plan({ code, retryAfterS }: Failure, nowMs: number): number | null {
    this.#stop();
    const passes = PASSING.includes(code) && retryAfterS !== undefined && retryAfterS <= MAX_WAIT_S;
    if (!passes || this.#done >= MAX_RETRIES) return null;
    this.#done++;
    const waitMs = Math.ceil(1000 * retryAfterS * (1 + JITTER * this.random()));
    this.#timer = setTimeout(this.again, waitMs);
    return nowMs + waitMs;
  }

  /** The person has decided, or it has worked. */
  reset(): void {
    this.#stop();
    this.#done = 0;
  }

  #stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
