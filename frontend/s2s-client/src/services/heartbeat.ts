/** Finds out that the other side is gone although no socket says so. */

const PING_MS = 2_000;
/** Counted in pings and not by the clock: a machine that slept must not take its own sleep for silence. */
const UNANSWERED_LIMIT = 3;

export class Heartbeat {
  #timer = 0;
  #unanswered = 0;

  constructor(
    private readonly ping: () => void,
    private readonly onSilence: () => void,
  ) {}

  start(): void {
    this.#timer = window.setInterval(() => {
      if (this.#unanswered >= UNANSWERED_LIMIT) {
        this.stop();
        this.onSilence();
        return;
      }
      this.#unanswered++;
      this.ping();
    }, PING_MS);
  }

  answered(): void {
    this.#unanswered = 0;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
