/** When which part of an answer sounded, from the loudspeaker's reports. Pure. */
import type { PlayedReport } from "../../types";

interface Anchor {
  /** Position in the turn's voice. */
  readonly voiceMs: number;
  /** Position on the call's time line. */
  readonly atMs: number;
}

/** Smaller differences are the clock's steps. */
const STEP_MS = 30;

export class TurnClock {
  readonly #anchors: Anchor[] = [];
  playedMs = 0;
  /** It was played to its end. */
  complete = false;

  onPlayed({ kind, ms }: PlayedReport, atMs: number): void {
    this.playedMs = Math.max(this.playedMs, ms);
    if (kind === "end") this.complete = true;
    // A flush is reported when the order comes, also long after the last sound.
    if (kind === "flush" && (ms === 0 || atMs > this.timeOf(ms))) return;
    if (this.#anchors.length === 0 || Math.abs(this.timeOf(ms) - atMs) > STEP_MS) this.#anchors.push({ voiceMs: ms, atMs });
  }

  get sounded(): boolean {
    return this.#anchors.length > 0;
  }

  /** When `voiceMs` of the turn sounded, in ms after the call's start. */
  timeOf(voiceMs: number): number {
    const anchor = this.#anchors.findLast((one) => one.voiceMs <= voiceMs) ?? this.#anchors[0];
    return anchor ? Math.max(0, anchor.atMs + voiceMs - anchor.voiceMs) : 0;
  }
}
