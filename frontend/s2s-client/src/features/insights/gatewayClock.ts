/** Estimates the gateway's clock from pings, with an error bound. Pure. */

/** One a second: a minute, in which two clocks drift apart by less than a millisecond or two. */
const KEPT = 60;
/** Both clocks tell whole milliseconds. */
const ROUNDING_MS = 1;
const U32 = 2 ** 32;

interface Sample {
  readonly sentMs: number;
  readonly roundTripMs: number;
  readonly gatewayMs: number;
  /** Gateway's clock minus ours, if both directions took equally long. */
  readonly offsetMs: number;
}

export class GatewayClock {
  #samples: readonly Sample[] = [];

  /** Records a pong: sent at `sentMs`, received at `heardMs`, both by the local clock; `gatewayMs` is the gateway's clock. */
  onPong(sentMs: number, heardMs: number, gatewayMs: number): void {
    const roundTripMs = Math.max(0, heardMs - sentMs);
    const offsetMs = gatewayMs - (sentMs + heardMs) / 2;
    this.#samples = [...this.#samples, { sentMs, roundTripMs, gatewayMs, offsetMs }].slice(-KEPT);
  }

  /** Starts over for another gateway or connection. */
  reset(): void {
    this.#samples = [];
  }

  /**
   * Converts a gateway timestamp (u32, wraps) to the local clock; null before the first pong. Off by at most `boundMs`: the
   * true offset lies within half the round trip of the quickest ping, whichever direction was slower.
   */
  toPage(gatewayMs: number): number | null {
    const best = this.#best;
    if (!best) return null;
    const since = ((((gatewayMs - best.gatewayMs) % U32) + U32 + U32 / 2) % U32) - U32 / 2;
    return best.gatewayMs + since - best.offsetMs;
  }

  /** Error bound of `toPage`; null before the first pong. */
  get boundMs(): number | null {
    return this.#best ? this.#best.roundTripMs / 2 + ROUNDING_MS : null;
  }

  /** The quickest round trip of the last minute. */
  get bestRoundTripMs(): number | null {
    return this.#best?.roundTripMs ?? null;
  }

  get lastRoundTripMs(): number | null {
    return this.#samples.at(-1)?.roundTripMs ?? null;
  }

  /** Uplink transit time at about `atMs`, by the last ping before; null before the first pong. */
  upMs(atMs: number): number | null {
    const best = this.#best;
    const near = this.#samples.findLast(({ sentMs }) => sentMs <= atMs) ?? this.#samples[0];
    if (!best || !near) return null;
    return Math.min(near.roundTripMs, Math.max(0, near.gatewayMs - best.offsetMs - near.sentMs));
  }

  get #best(): Sample | undefined {
    return this.#samples.reduce<Sample | undefined>((best, one) => (best && best.roundTripMs <= one.roundTripMs ? best : one), undefined);
  }
}
