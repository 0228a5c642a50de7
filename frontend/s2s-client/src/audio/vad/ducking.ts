/**
 * Half as loud at the first hint of a voice, quieter still when it is one, silent when the gateway says so, back when it
 * was nothing. Pure.
 *
 * The local detector is quick and may be wrong; the gateway is sure and slow. So the detector only lowers the voice, and
 * nothing of the voice is left out. The volume comes back after 600 ms without speech. A voice that goes on for seconds
 * and that the gateway does not take for an interruption is not meant for us: a television, a second conversation.
 */
import type { Ducking } from "../gain";

/** Without a voice for this long, it was a cough, a door, an "uh-huh". */
export const QUIET_MS = 600;
/** The gateway needs about a second to confirm; after this it will not. */
export const DUCK_TIMEOUT_MS = 4_000;
/** A hint that no other follows for this long was nothing; 1 of 140 soft beginnings pauses for longer. */
const HINT_MS = 96;
/** A hint is to become a voice in this time; 19 of 20 need less than 100 ms. */
const DOUBT_MS = 250;
/** One hint in this time may become nothing, and one more; then only a voice counts. No sound of a room makes the answer sway. */
const WARNED_MS = 3_000;

export interface DuckerInput {
  /** A person speaks, by the local detector. */
  readonly voice: boolean;
  /** Perhaps a person speaks. */
  readonly perhaps: boolean;
  /** Our own voice is in mid-answer. */
  readonly speaking: boolean;
}

export class Ducker {
  ducking: Ducking = "none";
  #sinceVoiceMs = Infinity;
  #duckedForMs = 0;
  /** Not meant for us, until it pauses. */
  #ignored = false;
  #sinceHintMs = Infinity;
  #doubtMs = 0;
  /** Grows with each hint that became nothing, and passes with the time. */
  #warnedMs = 0;

  /** `ms` more have passed, and this was heard in them. Gives how much quieter the voice is to be. */
  update({ voice, perhaps, speaking }: DuckerInput, ms: number): Ducking {
    this.#sinceVoiceMs = voice ? 0 : this.#sinceVoiceMs + ms;
    this.#warnedMs = Math.max(0, this.#warnedMs - ms);
    const fresh = perhaps && this.#sinceHintMs >= HINT_MS;
    this.#sinceHintMs = perhaps ? 0 : this.#sinceHintMs + ms;
    const goesOn = this.#sinceVoiceMs < QUIET_MS;
    this.#ignored &&= goesOn;
    const listening = speaking && !this.#ignored;
    // A new answer begins loud: only a voice that is heard now lowers it.
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
