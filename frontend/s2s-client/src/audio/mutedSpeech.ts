/** Notices that a muted user speaks, from the level of 20 ms frames. Pure. */
import { SpeechMeter } from "./speechMeter";

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
