/** Detects that the other side is gone although no socket reports it, and that this machine has slept. */

const PING_MS = 1_000;
/** Counted in pings, not in time: a busy machine must not mistake its own pauses for silence. */
const UNANSWERED_LIMIT = 6;
/** The same limit while audio still arrives. */
const LATE_LIMIT = 12;
/** Nothing at all ran in this page for this long: the machine slept, and the gateway has dropped the connection. */
const SLEPT_MS = 6_000;

export interface HeartbeatEvents {
  readonly ping: () => void;
  /** The first ping is unanswered after 1 s: worth a check, no more. */
  readonly onDoubt: () => void;
  /** No answer, or this machine has slept. Called once after each `start`. */
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

  /** Records that audio arrived: on a slow connection the pong may be queued behind it, so the silence limit is longer. */
  onAudio(): void {
    this.#heard = true;
  }

  /** Records activity in this page. Timers of a background page may pause for a minute; the microphone does not. */
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
