/** Tracks the playback position and decides which reports the gateway needs, since it extrapolates between them. Pure. */
import type { FromPlayback } from "../audio/workletProtocol";

/** Interval of the playback worklet's reports. */
const REPORT_MS = 100;
/** The gateway stops sending if it gets no report for a second. */
const SEND_EVERY_MS = 300;
/** How far the gateway's estimate may be off; devices play in blocks of up to 40 ms. */
const DRIFT_MS = 60;

export class PlaybackPosition {
  #newest: FromPlayback | null = null;
  #lastSent: FromPlayback | null = null;

  /**
   * Takes a report. True if the gateway must get it: at a start, an end or a flush; otherwise every 300 ms, and at once if
   * playback has stalled or jumped.
   */
  isDue(report: FromPlayback): boolean {
    this.#newest = report;
    const told = this.#lastSent;
    if (report.kind === "progress" && told?.turn === report.turn) {
      const drift = report.ms - told.ms - (report.atMs - told.atMs);
      if (report.ms - told.ms < SEND_EVERY_MS && Math.abs(drift) <= DRIFT_MS) return false;
    }
    this.#lastSent = report;
    return true;
  }

  /** How much of `turn` has been heard, in ms, as last reported. */
  reportedMs(turn: number | null): number {
    return this.#newest?.turn === turn ? this.#newest.ms : 0;
  }

  /** The sounding turn and its current playback position; null before any has sounded. */
  positionAt(nowMs: number): { readonly turn: number; readonly ms: number } | null {
    if (!this.#newest) return null;
    const { turn, ms, atMs } = this.#newest;
    return { turn, ms: ms + Math.min(REPORT_MS, Math.max(0, nowMs - atMs)) };
  }
}
