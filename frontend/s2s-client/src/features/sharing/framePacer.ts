/**
 * Sends camera or screen frames, one a second. A frame is taken once the previous one has arrived: on a slow connection there
 * are fewer of them, none is queued, and audio goes first. The size limit of a frame bounds the rate to half a megabit a
 * second.
 */

export interface FramePacerEvents {
  /** Sends one frame; settles when it has arrived or is given up. False stops the sharing. */
  readonly frame: () => Promise<boolean>;
  /** Called when it ends without us: the source was taken away, or a frame was refused for good. */
  readonly onEnd: () => void;
}

export const FRAME_EVERY_MS = 1_000;

export class FramePacer {
  readonly #timer: ReturnType<typeof setInterval>;
  #busy = false;
  #over = false;
  /** Moments that passed without a frame because the one before was still on its way. */
  missed = 0;

  constructor(private readonly events: FramePacerEvents) {
    this.#timer = setInterval(() => void this.#tick(), FRAME_EVERY_MS);
  }

  /** Safe to call twice. */
  stop(): void {
    this.#over = true;
    clearInterval(this.#timer);
  }

  async #tick(): Promise<void> {
    if (this.#busy) {
      this.missed++;
      return;
    }
    this.#busy = true;
    const goOn = await this.events.frame();
    this.#busy = false;
    if (goOn || this.#over) return;
    this.stop();
    this.events.onEnd();
  }
}
