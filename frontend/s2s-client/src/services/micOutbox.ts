/** The microphone's mouth: keeps what was said while no link is open, then sends every frame at once. */
import { writeHeader } from "../audio/pcm";
import { FRAME_MS } from "../types/wire.gen";

/** 10 s of speech; then the oldest goes. */
const KEPT_FRAMES = 500;
/** 2 s of frames unsent: the network is slower than speech, and late speech helps nobody. The frame is dropped. */
const MAX_UNSENT_BYTES = 65_536;

export interface AudioChannel {
  readonly isOpen: boolean;
  readonly bufferedAmount: number;
  send(data: ArrayBuffer): void;
}

/** How much faster than speech the first numbers grow: a page that is loaded 1 s later begins 800 further on. */
const STRIDE = 16;

/**
 * A page's first frame number follows the clock. So a page that is loaded anew begins far above every number that the
 * one before it used, whatever of those arrived: the gateway (`s2s/mic_order.py`) takes a jump of more than 500 for
 * another page, and none of its frames for one that was heard already or for one of many that were lost.
 */
export function firstFrameNumber(nowMs: number): number {
  return (Math.floor(nowMs / FRAME_MS) * STRIDE) % 2 ** 32;
}

interface Kept {
  readonly frame: ArrayBuffer;
  /** It was sent once already and has its number. */
  readonly numbered: boolean;
}

export class MicOutbox {
  #kept: Kept[] = [];
  #channel: AudioChannel | null = null;
  #seq: number;
  /**
   * Frames sent after a ping that is not answered yet, or null where every ping was. A ping that is never answered did
   * not arrive, and then neither did they: they are said again. Frames before it are not, so that no word comes twice.
   */
  #doubtful: ArrayBuffer[] | null = null;
  #closed = false;

  constructor(firstSeq: number) {
    this.#seq = firstSeq;
  }

  /** `frame` has its first 12 bytes free; they are written in place. */
  push(frame: ArrayBuffer): void {
    if (this.#closed) return;
    if (!this.#channel?.isOpen) this.#keep([...this.#kept, { frame, numbered: false }]);
    else if (this.#channel.bufferedAmount <= MAX_UNSENT_BYTES) this.#send(this.#channel, { frame, numbered: false });
  }

  open(channel: AudioChannel): void {
    this.#channel = channel;
    const waiting = this.#kept;
    this.#kept = [];
    waiting.forEach((kept) => {
      this.#send(channel, kept);
    });
  }

  /** The link is gone; frames are kept until the next `open`. */
  shut(): void {
    this.#channel = null;
    const again = (this.#doubtful ?? []).map((frame) => ({ frame, numbered: true }));
    this.#doubtful = null;
    this.#keep([...again, ...this.#kept]);
  }

  pinged(): void {
    this.#doubtful ??= [];
  }

  ponged(): void {
    this.#doubtful = null;
  }

  /** Nothing more is sent or kept. */
  close(): void {
    this.#closed = true;
    this.#channel = this.#doubtful = null;
    this.#kept = [];
  }

  #keep(frames: Kept[]): void {
    this.#kept = frames.slice(-KEPT_FRAMES);
  }

  #send(channel: AudioChannel, { frame, numbered }: Kept): void {
    if (!numbered) {
      writeHeader(frame, { flags: 0, turn: 0, seq: this.#seq++ >>> 0, clockMs: performance.now() >>> 0 });
    }
    channel.send(frame);
    if (this.#doubtful) this.#doubtful = [...this.#doubtful, frame].slice(-KEPT_FRAMES);
  }
}
