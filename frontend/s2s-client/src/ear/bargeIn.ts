/**
 * Quieter at the first syllable, silent when the gateway says so, back when it was nothing. Pure.
 *
 * The local detector is quick and may be wrong; the gateway is sure and slow. So the detector only lowers the voice, and
 * nothing of the voice is left out. It comes back when nobody has spoken for 600 ms. A voice that goes on for seconds
 * and that the gateway does not take for an interruption is not meant for us: a television, a second conversation.
 */

/** Without a voice for this long, it was a cough, a door, an "uh-huh". */
export const QUIET_MS = 600;
/** The gateway needs about a second to confirm; after this it will not. */
export const PATIENCE_MS = 4_000;

export interface Heard {
  /** A person speaks, by the local detector. */
  readonly voice: boolean;
  /** Our own voice is in mid-answer. */
  readonly speaking: boolean;
}

export class BargeIn {
  ducked = false;
  #sinceVoiceMs = Infinity;
  #duckedForMs = 0;
  /** Not meant for us, until it pauses. */
  #ignored = false;

  /** `ms` more have passed, and this was heard in them. Gives whether the voice is to be quieter. */
  step({ voice, speaking }: Heard, ms: number): boolean {
    this.#sinceVoiceMs = voice ? 0 : this.#sinceVoiceMs + ms;
    const goesOn = this.#sinceVoiceMs < QUIET_MS;
    this.#ignored &&= goesOn;
    // A new answer begins loud: only a voice that is heard now lowers it.
    this.ducked = speaking && !this.#ignored && (voice || (this.ducked && goesOn));
    this.#duckedForMs = this.ducked ? this.#duckedForMs + ms : 0;
    if (this.#duckedForMs > PATIENCE_MS) {
      this.#ignored = true;
      this.ducked = false;
    }
    return this.ducked;
  }
}
