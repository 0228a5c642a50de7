/** Finds out that the other side is gone although no socket says so, and that this machine has slept. */

const PING_MS = 1_000;
/** Counted in pings and not by the clock: a busy machine must not take its own pauses for silence. */
const UNANSWERED_LIMIT = 6;
/** The same while voice still arrives. */
const LATE_LIMIT = 12;
/** Nothing at all happened in this page for so long: it slept, and the gateway has given its connection up. */
const SLEPT_MS = 6_000;

export interface HeartbeatEvents {
  readonly ping: () => void;
  /** The first ping of a silence is unanswered after 1 s: worth a second look, no more. */
  readonly onDoubt: () => void;
  /** No answer, or this machine has slept. Once after each `start`. */
  readonly onSilence: (why: string) => void;
}

export class Heartbeat {
  #timer: number | null = null;
  #unanswered = 0;
  #lastLifeMs = 0;
  #heard = false;

  constructor(private readonly events: HeartbeatEvents) {}

  start(): void {
    this.stop();
    this.#unanswered = 0;
    this.#lastLifeMs = Date.now();
    this.#timer = window.setInterval(() => {
      this.#beat();
    }, PING_MS);
  }

  onPong(): void {
    this.#unanswered = 0;
  }

  /** Voice came: on a slow line the answer may wait behind it, so silence is believed later. */
  onAudio(): void {
    this.#heard = true;
  }

  /** Something happened in this page. In the background timers may rest for a minute; the microphone does not. */
  onActivity(): void {
    const now = Date.now();
    const slept = now - this.#lastLifeMs > SLEPT_MS;
    this.#lastLifeMs = now;
    if (slept && this.#timer !== null) this.#give("the machine has slept");
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  #beat(): void {
    this.onActivity();
    if (this.#timer === null) return;
    const limit = this.#heard ? LATE_LIMIT : UNANSWERED_LIMIT;
    this.#heard = false;
    if (this.#unanswered >= limit) {
      this.#give("pings stay unanswered");
      return;
    }
    if (this.#unanswered === 1) this.events.onDoubt();
    this.#unanswered++;
    this.events.ping();
  }

  #give(why: string): void {
    this.stop();
    this.events.onSilence(why);
  }
}
