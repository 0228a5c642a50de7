/**
 * Tests whether a new connection carries uncompressed audio, using the audio itself and without flooding the connection.
 *
 * Frames go in rounds, with a ping before and after each round, and the next round waits for the answer: otherwise the speech
 * kept while connecting, a second or more, would fill the buffer in front of a slow connection at once. The gateway's clock
 * says how long a round took compared with its pings, so a slow page or a slow return path does not matter. Pure; time comes
 * with the pings.
 */

/** 240 ms of speech; what SCTP and TCP send at once on a new connection. */
const ROUND_FRAMES = 12;
/** Four times as fast as speech: no further rounds are needed. */
const FAST_MS = 60;
/**
 * Slower than speech, though not because it was sent slowly. This many rounds in a row: a busy machine is not a slow
 * connection.
 */
const SLOW_MS = 260;
const LATE_MS = 100;
const SLOW_ROUNDS = 3;
/** A slow connection takes equally long for each round; a busy machine does not. */
const ALIKE = 1.5;
/** Stop after this many rounds that were neither fast nor slow. There is spare bandwidth if this many of them had no delay. */
const STEADY_ROUNDS = 4;
const FREE_ROUNDS = 2;

/** Carries audio and more; carries the audio; or not even that. */
export type Verdict = "roomy" | "carries" | "slow";

interface Round {
  /** When the pings before and after it were sent, which are also their numbers. */
  readonly fromMs: number;
  toMs: number | null;
  frames: number;
  /** By the gateway's clock. */
  beganMs: number | null;
}

export class BandwidthProbe {
  #round: Round | null = null;
  #verdict: Verdict | null = null;
  /** Durations of the latest rounds, as long as all of them were slow. */
  #slowMs: number[] = [];
  #steady = 0;
  #free = 0;

  /** `ping` sends a ping and returns its number, or null if the link is not open. */
  constructor(private readonly ping: () => number | null) {}

  get verdict(): Verdict | null {
    return this.#verdict;
  }

  /** Whether the next frame may be sent. If false, ask again after the next pong. */
  admits(): boolean {
    if (this.#verdict) return true;
    if (this.#round) return this.#round.toMs === null;
    const fromMs = this.ping();
    if (fromMs !== null) this.#round = { fromMs, toMs: null, frames: 0, beganMs: null };
    return true;
  }

  /** Records that a frame was sent. */
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
