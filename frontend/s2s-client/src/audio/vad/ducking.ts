/**
 * Ducking: half volume at the first hint of speech, lower once it is speech, and restored if it was nothing; silence follows
 * from the gateway's flush. Pure.
 *
 * The local detector is fast and may be wrong; the gateway is reliable and slow. So the detector only lowers the volume, and no
 * audio is dropped. The volume returns after 600 ms without speech. Speech that continues for seconds without the gateway
 * treating it as an interruption is not meant for us: a television, a second conversation.
 */
import type { Ducking } from "../gain";

/** Without speech for this long, it was a cough, a door, an "uh-huh". */
export const QUIET_MS = 600;
/** The gateway needs about a second to confirm; after this time it will not. */
export const DUCK_TIMEOUT_MS = 4_000;
/** A hint without another one for this long was nothing; 1 of 140 soft onsets pauses for longer. */
const HINT_MS = 96;
/** A hint must become speech within this time; 19 of 20 need less than 100 ms. */
const DOUBT_MS = 250;
/**
 * Within this time one false hint, and one more, are allowed; then only speech counts. So room noise does not make the volume
 * sway.
 */
const WARNED_MS = 3_000;

export interface DuckerInput {
  /** A person speaks, by the local detector. */
  readonly voice: boolean;
  /** Perhaps a person speaks. */
  readonly perhaps: boolean;
  /** Model audio is in mid-answer. */
  readonly speaking: boolean;
}

export class Ducker {
  ducking: Ducking = "none";
  #sinceVoiceMs = Infinity;
  #duckedForMs = 0;
  /** Speech that is not meant for us, until it pauses. */
  #ignored = false;
  #sinceHintMs = Infinity;
  #doubtMs = 0;
  /** Grows with each false hint, and decays with time. */
  #warnedMs = 0;

  /** Advances by `ms` in which this was heard. Returns how much to duck. */
  update({ voice, perhaps, speaking }: DuckerInput, ms: number): Ducking {
    this.#sinceVoiceMs = voice ? 0 : this.#sinceVoiceMs + ms;
    this.#warnedMs = Math.max(0, this.#warnedMs - ms);
    const fresh = perhaps && this.#sinceHintMs >= HINT_MS;
    this.#sinceHintMs = perhaps ? 0 : this.#sinceHintMs + ms;
    const goesOn = this.#sinceVoiceMs < QUIET_MS;
    this.#ignored &&= goesOn;
    const listening = speaking && !this.#ignored;
    // A new answer starts at full volume: only speech that is heard now lowers it.
    if (listening && (voice || (this.ducking === "full" && goesOn))) this.ducking = "full";
    else this.ducking = listening && this.#hinted(fresh, ms) ? "half" : "none";
    this.#duckedForMs = this.ducking === "full" ? this.#duckedForMs + ms : 0;
    if (this.#duckedForMs > DUCK_TIMEOUT_MS) {
      this.#ignored = true;
      this.ducking = "none";
    }
    return this.ducking;
  }

  #hinted(fresh: boolean, ms: number): boolean {
    if (this.ducking !== "half") {
      this.#doubtMs = 0;
      return fresh && this.#warnedMs < WARNED_MS;
    }
    this.#doubtMs += ms;
    if (this.#sinceHintMs < HINT_MS && this.#doubtMs < DOUBT_MS) return true;
    this.#warnedMs += WARNED_MS;
    return false;
  }
}
