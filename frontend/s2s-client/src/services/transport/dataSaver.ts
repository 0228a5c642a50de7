/** Whether the voice should be compressed: the person's wish, the browser's hints, and what waits unsent. Pure; time is an argument. */

import type { Saving } from "../../types";

/** What the person wishes: as the network allows, always compressed, or never. */
export type DataUse = "automatic" | "save" | "full";

/** `navigator.connection`, where there is one. */
export interface NetworkHints {
  readonly saveData?: boolean | undefined;
  readonly effectiveType?: string | undefined;
  /** Mbit/s, by the browser's guess. */
  readonly downlink?: number | undefined;
}

/** PCM needs 0.8 Mbit/s both ways with all its headers. */
const MIN_DOWNLINK = 1;
/** So much sound unsent, twice in a row or once more than twice as much: the line is too slow. */
const SLOW_MS = 320;
const SLOW_PINGS = 2;
const VERY_SLOW_MS = 2 * SLOW_MS;
/** For so long nothing may wait before PCM is tried again, and twice as long where that was wrong. */
const CLEAN_MS = 60_000;
const MAX_CLEAN_MS = 480_000;
const RELAPSE_MS = 60_000;

export class DataSaver {
  #slowPings = 0;
  #slow = false;
  #lastSlowMs = 0;
  #backAtMs = -Infinity;
  #cleanMs = CLEAN_MS;

  /** `slow`: the last call has found it so, a short time ago. */
  constructor(
    private readonly wish: DataUse,
    slow = false,
    nowMs = 0,
  ) {
    if (slow) this.onSlow(nowMs);
  }

  /** The line did not carry the voice as it is. */
  onSlow(nowMs: number): void {
    this.#lastSlowMs = nowMs;
    if (this.#slow) return;
    this.#slow = true;
    this.#cleanMs = nowMs - this.#backAtMs < RELAPSE_MS ? Math.min(2 * this.#cleanMs, MAX_CLEAN_MS) : CLEAN_MS;
  }

  /** `waitingMs`: how much sound waits unsent, the worse of both ways, asked with every answered ping. */
  onPong(waitingMs: number, nowMs: number): void {
    const slow = waitingMs > SLOW_MS;
    this.#slowPings = slow ? this.#slowPings + 1 : 0;
    if (slow) this.#lastSlowMs = nowMs;
    if (this.#slowPings >= SLOW_PINGS || waitingMs > VERY_SLOW_MS) this.onSlow(nowMs);
    else if (this.#slow && nowMs - this.#lastSlowMs >= this.#cleanMs) {
      this.#slow = false;
      this.#backAtMs = nowMs;
    }
  }

  /** Why the voice should be compressed now; null: it should not. */
  saving(hints: NetworkHints): Saving | null {
    if (this.wish !== "automatic") return this.wish === "save" ? "wished" : null;
    if (hints.saveData) return "data-saver";
    return this.slowness(hints);
  }

  /** How it is known that the line is slow, whatever is done about it; null: it is not. */
  slowness({ effectiveType, downlink }: NetworkHints): "slow-network" | "backlog" | null {
    if (effectiveType?.endsWith("2g")) return "slow-network";
    if (downlink !== undefined && downlink > 0 && downlink < MIN_DOWNLINK) return "slow-network";
    return this.#slow ? "backlog" : null;
  }
}
