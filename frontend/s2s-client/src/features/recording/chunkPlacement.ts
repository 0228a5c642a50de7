/**
 * Where a chunk of sound belongs on the time line. Pure.
 *
 * The machine's clock says when, but in steps and with jitter; the sound itself says how long. So chunks follow one
 * another without gap or overlap while the clock agrees within `TOLERANCE_MS`, and are placed again by the clock where
 * it does not: after a pause, a mute, another device, or a context that stood still.
 */
const TOLERANCE_MS = 60;
/** The clock itself was set back; a stall of the sound never looks like this. */
const CLOCK_STEP_MS = 1_000;

export interface Chunk {
  readonly samples: number;
  /** When its first sample was captured or sounded, in ms after the call's start. */
  readonly startMs: number;
  /** Number of its first sample, where the device counts them. Without: it follows the chunk before it. */
  readonly frame?: number;
}

export class ChunkPlacer {
  /** Sample after the last one that was placed. */
  #next: number | null = null;
  /** Place minus the device's number. */
  #offset = 0;
  #clockShiftMs = 0;

  constructor(private readonly rate: number) {}

  /** The chunk's place in samples after the call's start, or null where there is no room for it left. */
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
    // The device's clock runs faster than the machine's: one chunk in some minutes goes.
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
