/** Finds when the user spoke, from the level of their frames: a transcript comes long after the words. Pure. */
import { SpeechMeter } from "../../audio/speechMeter";

/** A longer pause ends a stretch of speech. */
const PAUSE_MS = 900;
/** The meter detects speech after six loud frames. */
const ONSET_MS = 120;
/** Spans without a transcript, such as a cough or an echo. */
const MAX_SPANS = 50;

interface Span {
  readonly atMs: number;
  endMs: number;
}

export class SpeechSpans {
  readonly #meter = new SpeechMeter();
  #spans: Span[] = [];

  /** Takes one frame of 20 ms whose last sample was captured at `atMs`. */
  processFrame(rms: number, atMs: number): void {
    this.#meter.processFrame(rms, atMs);
    if (this.#meter.lastSpeechMs !== atMs) return;
    const last = this.#spans.at(-1);
    if (last && atMs - last.endMs <= PAUSE_MS) last.endMs = atMs;
    else this.#spans = [...this.#spans, { atMs: Math.max(last?.endMs ?? 0, atMs - ONSET_MS), endMs: atMs }].slice(-MAX_SPANS);
  }

  /** The speech without a transcript so far; null if there is none, as for typed text. */
  get open(): { readonly atMs: number; readonly endMs: number } | null {
    const [first] = this.#spans;
    const last = this.#spans.at(-1);
    return first && last ? { atMs: first.atMs, endMs: last.endMs } : null;
  }

  /** Marks the speech so far as transcribed. */
  claim(): void {
    this.#spans = [];
  }
}
