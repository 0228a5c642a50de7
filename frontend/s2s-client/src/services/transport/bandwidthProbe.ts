/**
 * Whether a new line carries the voice as it is, found out with the voice itself and without flooding it.
 *
 * Frames go in rounds, a ping before and a ping behind each, and the next round waits for the answer: what was said
 * while the line was being made, a second of sound and more, would else fill the buffer in front of a slow one at once.
 * The gateway's clock says how long a round was on its way beside the pings, so a page or a way back that is slow
 * changes nothing. Pure; time comes with the pings.
 */

/** 240 ms of speech; what SCTP and TCP send at once on a new connection. */
const ROUND_FRAMES = 12;
/** Four times as fast as speech: nothing more needs to be known. */
const FAST_MS = 60;
/** Slower than speech, and not because it was sent so slowly. So many rounds in a row: a busy machine is not a slow line. */
const SLOW_MS = 260;
const LATE_MS = 100;
const SLOW_ROUNDS = 3;
/** A line takes equally long for each; a busy machine does not. */
const ALIKE = 1.5;
/** So many that were neither: it is enough. There is room for more where this many of them waited for nothing. */
const STEADY_ROUNDS = 4;
const FREE_ROUNDS = 2;

/** The voice and more, the voice, or not even that. */
export type Verdict = "roomy" | "carries" | "slow";

interface Round {
  /** When the pings before and behind it were sent, which is also their name. */
  readonly fromMs: number;
  toMs: number | null;
  frames: number;
  /** By the gateway's clock. */
  beganMs: number | null;
}

export class BandwidthProbe {
  #round: Round | null = null;
  #verdict: Verdict | null = null;
  /** How long the last rounds took, as far as all of them were slow. */
  #slowMs: number[] = [];
  #steady = 0;
  #free = 0;

  /** `ping` gives its number, or null where the line is not open. */
  constructor(private readonly ping: () => number | null) {}

  get verdict(): Verdict | null {
    return this.#verdict;
  }

  /** Whether the next frame may go. False: worth asking again after the next pong. */
  admits(): boolean {
    if (this.#verdict) return true;
    if (this.#round) return this.#round.toMs === null;
    const fromMs = this.ping();
    if (fromMs !== null) this.#round = { fromMs, toMs: null, frames: 0, beganMs: null };
    return true;
  }

  /** A frame went. */
  onFrameSent(): void {
    const round = this.#round;
    if (!round || ++round.frames < ROUND_FRAMES) return;
    round.toMs = this.ping();
    if (round.toMs === null) this.#round = null;
  }

  onPong(pingMs: number, gatewayMs: number): void {
    const round = this.#round;
    if (round?.fromMs === pingMs) round.beganMs = gatewayMs;
    if (round?.toMs !== pingMs) return;
    this.#round = null;
    const tookMs = gatewayMs - (round.beganMs ?? gatewayMs);
    const lateMs = tookMs - (pingMs - round.fromMs);
    const slow = tookMs > SLOW_MS && lateMs > LATE_MS;
    this.#slowMs = slow ? [...this.#slowMs, tookMs].slice(-SLOW_ROUNDS) : [];
    this.#steady += slow ? 0 : 1;
    this.#free += lateMs < FAST_MS ? 1 : 0;
    const alike = Math.max(...this.#slowMs) <= ALIKE * Math.min(...this.#slowMs);
    if (this.#slowMs.length === SLOW_ROUNDS && alike) this.#verdict = "slow";
    else if (tookMs < FAST_MS) this.#verdict = "roomy";
    else if (this.#steady >= STEADY_ROUNDS) this.#verdict = this.#free >= FREE_ROUNDS ? "roomy" : "carries";
  }
}
