/**
 * Push-to-talk: which microphone frames are sent, and where the person's speech begins and ends. Pure; time is frames.
 *
 * A key is pressed a little late and let go a little early: the 400 ms before it are sent, too, and 300 ms after it.
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

  /** The other side is a new one: it does not know yet that the person is speaking. */
  repeatMark(): void {
    if (this.#talking) this.mouth.mark("start");
  }

  release(): void {
    if (!this.held) return;
    this.held = false;
    this.#tail = TAIL_FRAMES;
  }

  /** 20 ms of the microphone. */
  processFrame(frame: ArrayBuffer): void {
    if (!this.#talking) {
      this.#before = [...this.#before, frame].slice(-PRE_ROLL_FRAMES);
      return;
    }
    this.mouth.send(frame);
    if (!this.held && --this.#tail <= 0) this.#end();
  }

  /** No more frames will come: muted, or the microphone is gone. */
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
