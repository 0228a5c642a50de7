/**
 * Decides whether to compress audio: from the user's choice, the browser's hints and the unsent backlog. Pure; time is an
 * argument.
 */

import type { Saving } from "../../types";

/** The user's choice: as the network allows, always compressed, or never. */
export type DataUse = "automatic" | "save" | "full";

/** `navigator.connection`, where the browser has it. */
export interface NetworkHints {
  readonly saveData?: boolean | undefined;
  readonly effectiveType?: string | undefined;
  /** Mbit/s, as the browser estimates it. */
  readonly downlink?: number | undefined;
}

/** PCM needs 0.8 Mbit/s for both directions with all headers. */
const MIN_DOWNLINK = 1;
/** This much unsent audio twice in a row, or more than twice as much once: the connection is too slow. */
const SLOW_MS = 320;
const SLOW_PINGS = 2;
const VERY_SLOW_MS = 2 * SLOW_MS;
/** A ping that is answered within this time waited behind nothing: the connection is not full. */
const QUICK_MS = 50;
/** How long there must be no backlog before PCM is tried again; twice as long after an attempt that failed. */
const CLEAN_MS = 60_000;
const MAX_CLEAN_MS = 480_000;
const RELAPSE_MS = 60_000;

export class DataSaver {
  #slowPings = 0;
  #slow = false;
  #lastSlowMs = 0;
  #backAtMs = -Infinity;
  #cleanMs = CLEAN_MS;

  /** `slow`: a recent call found the network slow. */
  constructor(
    private readonly wish: DataUse,
    slow = false,
    nowMs = 0,
  ) {
    if (slow) this.onSlow(nowMs);
  }

  /** Records that the connection did not carry uncompressed audio. */
  onSlow(nowMs: number): void {
    this.#lastSlowMs = nowMs;
    if (this.#slow) return;
    this.#slow = true;
    this.#cleanMs = nowMs - this.#backAtMs < RELAPSE_MS ? Math.min(2 * this.#cleanMs, MAX_CLEAN_MS) : CLEAN_MS;
  }

  /** Handles a pong. `waitingMs`: unsent audio, the worse of both directions; `tripMs`: how long the ping took. */
  onPong(waitingMs: number, nowMs: number, tripMs = Infinity): void {
    const slow = waitingMs > SLOW_MS && tripMs > QUICK_MS;
    this.#slowPings = slow ? this.#slowPings + 1 : 0;
    if (slow) this.#lastSlowMs = nowMs;
    if (this.#slowPings >= SLOW_PINGS || (slow && waitingMs > VERY_SLOW_MS)) this.onSlow(nowMs);
    else if (this.#slow && nowMs - this.#lastSlowMs >= this.#cleanMs) {
      this.#slow = false;
      this.#backAtMs = nowMs;
    }
  }

  /** Why audio should be compressed now; null if it should not. */
  saving(hints: NetworkHints): Saving | null {
    if (this.wish !== "automatic") return this.wish === "save" ? "wished" : null;
    if (hints.saveData) return "data-saver";
    return this.slowness(hints);
  }

  /** Why the network counts as slow, whatever is done about it; null if it does not. */
  slowness({ effectiveType, downlink }: NetworkHints): "slow-network" | "backlog" | null {
    if (effectiveType?.endsWith("2g")) return "slow-network";
    if (downlink !== undefined && downlink > 0 && downlink < MIN_DOWNLINK) return "slow-network";
    return this.#slow ? "backlog" : null;
  }
}
