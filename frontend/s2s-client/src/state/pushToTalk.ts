/**
 * Push-to-talk: decides which microphone frames are sent, and where the user's speech begins and ends. Pure; time is counted in
 * frames.
 *
 * Users press the key a little late and release it a little early, so the 400 ms before and the 300 ms after are sent, too.
 */
export type Mark = "start" | "end";

const PRE_ROLL_FRAMES = 20;
const TAIL_FRAMES = 15;

export interface Mouth {
  readonly mark: (mark: Mark) => void;
  readonly send: (frame: ArrayBuffer) => void;
}

export class PushToTalk {
  /** The key is down. */
  held = false;
  #talking = false;
  #tail = 0;
  #before: ArrayBuffer[] = [];

  constructor(private readonly mouth: Mouth) {}

  press(): void {
    if (this.held) return;
    this.held = true;
    if (this.#talking) return;
    this.#talking = true;
    this.mouth.mark("start");
    this.#before.forEach(this.mouth.send);
    this.#before = [];
  }

  /** Repeats the mark for a new session, which does not know yet that the user is speaking. */
  repeatMark(): void {
    if (this.#talking) this.mouth.mark("start");
  }

  release(): void {
    if (!this.held) return;
    this.held = false;
    this.#tail = TAIL_FRAMES;
  }

  /** Handles 20 ms of microphone audio. */
  processFrame(frame: ArrayBuffer): void {
    if (!this.#talking) {
      this.#before = [...this.#before, frame].slice(-PRE_ROLL_FRAMES);
      return;
    }
    this.mouth.send(frame);
    if (!this.held && --this.#tail <= 0) this.#end();
  }

  /** Ends the speech: no more frames will come, because the microphone is muted or gone. */
  stop(): void {
    this.held = false;
    this.#before = [];
    if (this.#talking) this.#end();
  }

  #end(): void {
    this.#talking = false;
    this.mouth.mark("end");
  }
}
