/**
 * Places audio chunks on the timeline. Pure.
 *
 * The local clock says when, but in steps and with jitter; the audio itself says how long. So chunks follow one another without
 * gap or overlap while the clock agrees within `TOLERANCE_MS`, and are placed by the clock again where it does not: after a
 * pause, a mute, a device change, or a suspended context.
 */
const TOLERANCE_MS = 60;
/** The clock itself was set back; an audio stall never looks like this. */
const CLOCK_STEP_MS = 1_000;

export interface Chunk {
  readonly samples: number;
  /** When its first sample was captured or played, in ms after the call's start. */
  readonly startMs: number;
  /** Number of its first sample, if the device counts them. Without: it follows the previous chunk. */
  readonly frame?: number;
}

export class ChunkPlacer {
  /** The sample after the last one placed. */
  #next: number | null = null;
  /** Position minus the device's number. */
  #offset = 0;
  #clockShiftMs = 0;

  constructor(private readonly rate: number) {}

  /** The chunk's position in samples after the call's start, or null if it no longer fits. */
  place({ samples, startMs, frame }: Chunk): number | null {
    const tolerance = (TOLERANCE_MS * this.rate) / 1000;
    let byClock = this.#samplesAt(startMs);
    const next = this.#next;
    if (next !== null && next - byClock > (CLOCK_STEP_MS * this.rate) / 1000) {
      this.#clockShiftMs += ((next - byClock) * 1000) / this.rate;
      byClock = next;
    }
    const bySound = frame === undefined ? next : next === null ? null : frame + this.#offset;
    const agreed = bySound !== null && Math.abs(bySound - byClock) <= tolerance ? bySound : byClock;
    // The device's clock runs faster than the local clock: one chunk every few minutes is dropped.
    if (next !== null && next - agreed > tolerance) return null;
    const at = Math.max(next ?? 0, agreed, 0);
    this.#next = at + samples;
    this.#offset = at - (frame ?? 0);
    return at;
  }

  #samplesAt(ms: number): number {
    return Math.round(((ms + this.#clockShiftMs) * this.rate) / 1000);
  }
}
