/** What the loudspeaker has told of the voice, and how much of that the gateway needs: it counts on by itself. Pure. */
import type { FromPlayback } from "../audio/workletProtocol";

/** The loudspeaker reports so often what it has played. */
const REPORT_MS = 100;
/** The gateway sends no more when it has heard nothing for a second. */
const TELL_EVERY_MS = 300;
/** So far the gateway's count may be from the truth; a device plays in pieces of up to 40 ms. */
const DRIFT_MS = 60;

export class HeardVoice {
  #newest: FromPlayback | null = null;
  #told: FromPlayback | null = null;

  /** Takes a report. True where the gateway must know: a beginning, an end, a cut; else every 300 ms, and at once where
   * the voice has halted or jumped. */
  tells(report: FromPlayback): boolean {
    this.#newest = report;
    const told = this.#told;
    if (report.kind === "progress" && told?.turn === report.turn) {
      const drift = report.ms - told.ms - (report.atMs - told.atMs);
      if (report.ms - told.ms < TELL_EVERY_MS && Math.abs(drift) <= DRIFT_MS) return false;
    }
    this.#told = report;
    return true;
  }

  /** What has been heard of `turn`, in ms, as it was reported. */
  of(turn: number | null): number {
    return this.#newest?.turn === turn ? this.#newest.ms : 0;
  }

  /** The turn that sounds, and what has been heard of it at this moment; null before any has sounded. */
  at(nowMs: number): { readonly turn: number; readonly ms: number } | null {
    if (!this.#newest) return null;
    const { turn, ms, atMs } = this.#newest;
    return { turn, ms: ms + Math.min(REPORT_MS, Math.max(0, nowMs - atMs)) };
  }
}
