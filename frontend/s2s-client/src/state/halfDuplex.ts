/** For loudspeakers without echo cancellation: the microphone is deaf while the voice sounds, and a little longer. Pure. */

/** The room rings on, and the sound card has its own delay. */
const TAIL_FRAMES = 20;

export class HalfDuplex {
  #tail = 0;

  /** Once per 20 ms of microphone. True where the frame must be sent as silence. */
  processFrame(sounding: boolean): boolean {
    this.#tail = sounding ? TAIL_FRAMES : Math.max(0, this.#tail - 1);
    return this.#tail > 0;
  }
}
