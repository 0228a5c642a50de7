/** Compressed frames of a channel on which each comes twice, in order and each once: a decoder has a memory. Pure. */
import { seqDistance } from "../turnBuffer";

/** So many later ones may come before a missing frame is given up: its repetition follows three frames behind it. */
const MAX_WAIT_FRAMES = 5;
/** Farther away it is another count. */
const MAX_FRAMES = 500;

export class ReorderBuffer<Frame> {
  #next: number | null = null;
  readonly #early = new Map<number, Frame>();

  /** What may be decoded now. */
  pushFrame(seq: number, frame: Frame): Frame[] {
    const ahead = this.#next === null ? 0 : seqDistance(seq, this.#next);
    if (this.#next === null || Math.abs(ahead) > MAX_FRAMES) {
      const left = this.#due(0);
      this.#next = (seq + 1) >>> 0;
      return [...left, frame];
    }
    if (ahead >= 0 && !this.#early.has(seq)) {
      this.#early.set(seq, frame);
      return this.#due(MAX_WAIT_FRAMES);
    }
    // A repetition of what came: of that which lies before it both copies should have come by now.
    return this.#early.has(seq) ? this.#through(seq) : [];
  }

  #due(patience: number): Frame[] {
    const due: Frame[] = [];
    while (this.#early.size > 0 && this.#next !== null) {
      const frame = this.#early.get(this.#next);
      const newest = Math.max(...[...this.#early.keys()].map((seq) => seqDistance(seq, this.#next ?? 0)));
      if (frame === undefined && newest < patience) break;
      if (frame !== undefined) due.push(frame);
      this.#early.delete(this.#next);
      this.#next = (this.#next + 1) >>> 0;
    }
    return due;
  }

  #through(seq: number): Frame[] {
    const due: Frame[] = [];
    while (this.#next !== null && seqDistance(seq, this.#next) >= 0) {
      const frame = this.#early.get(this.#next);
      if (frame !== undefined) due.push(frame);
      this.#early.delete(this.#next);
      this.#next = (this.#next + 1) >>> 0;
    }
    return [...due, ...this.#due(MAX_WAIT_FRAMES)];
  }
}
