/** Whether a machine keeps up with sixty pictures a second, told by when they came. Pure. */

/** On screens of 120 pictures a second and more, every second one is enough. */
export const MIN_GAP_MS = 10;
/** A picture that comes later than this after the one before it left a gap that is seen. */
const LATE_MS = 25;
/** Longer ones are not slowness: a page that was hidden, a machine that slept. */
const PAUSE_MS = 1_000;
/** 2 s. */
const WINDOW_FRAMES = 120;
const TOO_MANY = 0.15;
/** So many windows without a late picture, and all detail is tried again; each time it fails, twice as many. */
const RECOVERY_WINDOWS = 5;
const MAX_PATIENCE_WINDOWS = 80;

export class FrameRateMonitor {
  /** True while less should be drawn. */
  plain = false;
  #lastMs = -Infinity;
  #frames = 0;
  #late = 0;
  #good = 0;
  #windowsToWait = RECOVERY_WINDOWS;

  /** A picture is drawn now. True where `plain` has changed. */
  recordFrame(nowMs: number): boolean {
    const gapMs = nowMs - this.#lastMs;
    this.#lastMs = nowMs;
    if (gapMs > PAUSE_MS) return false;
    if (gapMs > LATE_MS) this.#late++;
    if (++this.#frames < WINDOW_FRAMES) return false;
    const late = this.#late;
    this.#frames = this.#late = 0;
    return this.plain ? this.#recover(late) : this.#give(late);
  }

  #give(late: number): boolean {
    if (late < TOO_MANY * WINDOW_FRAMES) return false;
    this.#good = 0;
    return (this.plain = true);
  }

  #recover(late: number): boolean {
    this.#good = late === 0 ? this.#good + 1 : 0;
    if (this.#good < this.#windowsToWait) return false;
    this.#windowsToWait = Math.min(2 * this.#windowsToWait, MAX_PATIENCE_WINDOWS);
    this.plain = false;
    return true;
  }
}
