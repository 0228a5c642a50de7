/** Finds the end of the user's speech from the level of 20 ms frames, for the latency badge only. Pure. */

const START_FRAMES = 6;
const WINDOW_FRAMES = 10;
/** Speech must exceed the noise floor by this factor. */
const ABOVE_NOISE = 3;
const MIN_RMS = 0.008;

export class SpeechMeter {
  /** When the user's speech was last heard, by the local clock in ms; null before the first word. */
  lastSpeechMs: number | null = null;
  #noise = 0.002;
  #recent: boolean[] = [];

  /** Takes one frame: root mean square (full scale 1), and when its last sample was captured. */
  processFrame(rms: number, atMs: number): void {
    const loud = rms > Math.max(MIN_RMS, this.#noise * ABOVE_NOISE);
    // The noise floor falls fast and rises slowly, so that a long sentence does not become noise.
    this.#noise += (rms - this.#noise) * (rms < this.#noise ? 0.2 : 0.002);
    this.#recent = [...this.#recent, loud].slice(-WINDOW_FRAMES);
    // A click is not speech: most of the last 200 ms must have been loud.
    const speaking = this.#recent.filter(Boolean).length >= START_FRAMES;
    if (loud && speaking) this.lastSpeechMs = atMs;
  }
}
