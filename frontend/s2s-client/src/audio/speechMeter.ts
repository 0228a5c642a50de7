/** Finds the user's speech from the level of 20 ms frames: its end for the latency badge, and whether a muted user speaks. Pure. */

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

/** So much speech within the time below is meant for the AI: not a cough, not "mm-hm". */
const MEANT_MS = 600;
const MEANT_WITHIN_MS = 2_000;
/** How long the reminder stays after the last word. */
const REMINDER_MS = 4_000;
/** After the AI's voice, its echo dies away. */
const ECHO_MS = 500;
const FRAME_MS = 20;

/** Decides whether a muted user has to be reminded that they are muted. */
export class MutedSpeech {
  #meter = new SpeechMeter();
  /** When the latest frames of speech were heard. */
  #spoken: number[] = [];
  #voiceMs = -Infinity;
  #remindUntilMs = -Infinity;

  /** Takes one frame as `SpeechMeter` does. `sounding`: the AI's voice plays, and may be what the microphone hears. */
  processFrame(rms: number, atMs: number, sounding: boolean): boolean {
    this.#meter.processFrame(rms, atMs);
    if (sounding) this.#voiceMs = atMs;
    const speaks = this.#meter.lastSpeechMs === atMs && atMs - this.#voiceMs > ECHO_MS;
    if (speaks) this.#spoken = [...this.#spoken.filter((ms) => atMs - ms < MEANT_WITHIN_MS), atMs];
    if (speaks && this.#spoken.length * FRAME_MS >= MEANT_MS) this.#remindUntilMs = atMs + REMINDER_MS;
    return atMs < this.#remindUntilMs;
  }

  restart(): void {
    this.#meter = new SpeechMeter();
    this.#spoken = [];
    this.#remindUntilMs = -Infinity;
  }
}
