/**
 * Half duplex for loudspeakers without echo cancellation: silences the microphone while model audio plays and a little longer.
 * Pure.
 */

/** Covers the room's reverberation and the sound card's delay. */
const TAIL_FRAMES = 20;

export class HalfDuplex {
  #tail = 0;

  /** Handles 20 ms of microphone audio. True if the frame must be sent as silence. */
  processFrame(sounding: boolean): boolean {
    this.#tail = sounding ? TAIL_FRAMES : Math.max(0, this.#tail - 1);
    return this.#tail > 0;
  }
}
