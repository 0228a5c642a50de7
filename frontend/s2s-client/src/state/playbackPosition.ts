/** Tracks the playback position and decides which reports the gateway needs: it extrapolates between them. Pure. */
import type { FromPlayback } from "../audio/workletProtocol";

/** The loudspeaker reports so often what it has played. */
const REPORT_MS = 100;
/** The gateway sends no more when it has heard nothing for a second. */
const SEND_EVERY_MS = 300;
/** So far the gateway's count may be from the truth; a device plays in pieces of up to 40 ms. */
const DRIFT_MS = 60;

export class PlaybackPosition {
  #newest: FromPlayback | null = null;
  #lastSent: FromPlayback | null = null;

  /** Takes a report. True where the gateway must know: a beginning, an end, a cut; else every 300 ms, and at once where
   * the voice has halted or jumped. */
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

  /** What has been heard of `turn`, in ms, as it was reported. */
  reportedMs(turn: number | null): number {
    return this.#newest?.turn === turn ? this.#newest.ms : 0;
  }

  /** The turn that sounds, and what has been heard of it at this moment; null before any has sounded. */
  positionAt(nowMs: number): { readonly turn: number; readonly ms: number } | null {
    if (!this.#newest) return null;
    const { turn, ms, atMs } = this.#newest;
    return { turn, ms: ms + Math.min(REPORT_MS, Math.max(0, nowMs - atMs)) };
  }
}
