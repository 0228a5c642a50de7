/**
 * Reorders the Opus frames of a channel that sends each twice: the decoder has state, so it needs each once and in order. Pure.
 */
import { seqDistance } from "../turnBuffer";

/** How many later frames may come before a missing one is given up: its repetition follows three frames after it. */
const MAX_WAIT_FRAMES = 5;
/** A larger distance is another sequence. */
const MAX_FRAMES = 500;

export class ReorderBuffer<Frame> {
  #next: number | null = null;
  readonly #early = new Map<number, Frame>();

  /** Takes a frame and returns what may be decoded now. */
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
    // A repetition of a known frame: of everything before it both copies should have come by now.
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
