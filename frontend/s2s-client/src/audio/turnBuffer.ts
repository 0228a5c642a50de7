/** The audio frames of one turn, in order, with known gaps. Pure. */

/** 20 ms of audio as the gateway sent it. */
export interface VoiceFrame {
  readonly turn: number;
  /** u32, counts frames of this direction; wraps. */
  readonly seq: number;
  /** Last frame of its turn. */
  readonly last: boolean;
  readonly pcm: Float32Array;
}

/** A longer gap is not loss but a jump of the counter, and is not filled with silence. */
const MAX_GAP_FRAMES = 50;

/** How far `seq` lies behind `other` (negative) or ahead of it, modulo 2^32. */
export const seqDistance = (seq: number, other: number): number => (seq - other) | 0;

export type NextBlock = VoiceFrame | "missing" | "none";

export class TurnBuffer {
  /** Samples that have been played, concealed or skipped: the position in the turn. */
  position = 0;
  started = false;
  /** Length of the audio in samples, from `turn_end`. */
  length: number | null = null;
  #frames: VoiceFrame[] = [];
  #nextSeq: number | null;
  #sawLast = false;

  /** `firstSeq` is known if the frame before it was the last of its turn. */
  constructor(
    readonly turn: number,
    firstSeq: number | null,
  ) {
    this.#nextSeq = firstSeq;
  }

  /** Adds a frame. False for a duplicate, or one whose playout time has passed. */
  add(frame: VoiceFrame): boolean {
    const next = (this.#nextSeq ??= frame.seq);
    if (seqDistance(frame.seq, next) < 0) {
      if (this.started) return false;
      this.#nextSeq = frame.seq;
    }
    let at = this.#frames.length;
    while (at > 0 && seqDistance(this.#at(at - 1).seq, frame.seq) > 0) at--;
    if (at > 0 && this.#at(at - 1).seq === frame.seq) return false;
    this.#frames.splice(at, 0, frame);
    this.#sawLast ||= frame.last;
    return true;
  }

  /** The next 20 ms: a frame, a gap in the sequence, or nothing yet. */
  next(): NextBlock {
    const head = this.#frames[0];
    if (!head || this.#nextSeq === null) return "none";
    const gap = seqDistance(head.seq, this.#nextSeq);
    if (gap > 0 && gap <= MAX_GAP_FRAMES) {
      this.#nextSeq = (this.#nextSeq + 1) >>> 0;
      return "missing";
    }
    this.#frames.shift();
    this.#nextSeq = (head.seq + 1) >>> 0;
    return head;
  }

  peek(): VoiceFrame | undefined {
    return this.#frames[0];
  }

  /** Whether all frames that will ever come are here. */
  get complete(): boolean {
    return this.#sawLast || this.length !== null;
  }

  /** Whether nothing is left to play or to wait for. */
  get exhausted(): boolean {
    if (this.#frames.length > 0) return false;
    return this.#sawLast || (this.length !== null && this.position >= this.length);
  }

  get bufferedFrames(): number {
    return this.#frames.length;
  }

  #at(index: number): VoiceFrame {
    const frame = this.#frames[index];
    if (!frame) throw new RangeError(`no frame ${index}`);
    return frame;
  }
}
