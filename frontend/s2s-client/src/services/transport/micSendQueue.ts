/** The microphone's mouth: keeps what was said while no link is open, then sends every frame at once. */
import { writeHeader } from "../../audio/pcm";
import { FRAME_MS } from "../../types/wire.gen";

/** 10 s of speech; then the oldest goes. */
const KEPT_FRAMES = 500;
/** 2 s of frames unsent: the network is slower than speech, and late speech is useless. The frame is dropped. */
const MAX_UNSENT_BYTES = 65_536;

export interface AudioChannel {
  readonly isOpen: boolean;
  readonly bufferedAmount: number;
  send(data: ArrayBuffer): void;
}

/** How much faster than speech the first numbers grow: a page that is loaded 1 s later begins 800 further on. */
const STRIDE = 16;

/**
 * A page's first frame number follows the clock. So a reloaded page begins far above every number that the
 * one before it used, whatever of those arrived: the gateway (`s2s/transport/mic_reorder.py`) takes a jump of more than
 * 500 for another page, and none of its frames for one that was heard already or for one of many that were lost.
 */
export function firstFrameNumber(nowMs: number): number {
  return (Math.floor(nowMs / FRAME_MS) * STRIDE) % 2 ** 32;
}

/** Whether the line should have more now. */
export interface Gate {
  /** A new line. */
  reset(): void;
  /** Asked before each frame. */
  admits(): boolean;
  /** A frame went. */
  onFrameSent(): void;
}

const OPEN: Gate = { reset: () => undefined, admits: () => true, onFrameSent: () => undefined };

interface Kept {
  readonly frame: ArrayBuffer;
  /** It was sent once already and has its number. */
  readonly numbered: boolean;
  /** To be done before it goes, in the order in which it was said. */
  readonly first: readonly (() => void)[];
}

export class MicSendQueue {
  #kept: Kept[] = [];
  #channel: AudioChannel | null = null;
  #gate = OPEN;
  /** To be done when all that is kept has gone. */
  #last: (() => void)[] = [];
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
    const waits = this.#kept.length > 0 || !this.#channel?.isOpen;
    if (!waits && this.#channel && this.#channel.bufferedAmount > MAX_UNSENT_BYTES) return;
    this.#keep([...this.#kept, { frame, numbered: false, first: this.#last.splice(0) }]);
    this.pump();
  }

  /**
   * Does it now; or, where the message may be the end of a sentence that still waits here, when that has gone or cannot go.
   */
  sendAfterAudio({ type }: { readonly type: string }, send: () => void): void {
    const ends = type === "activity" || type === "mic";
    if (ends && this.#channel && this.#kept.length > 0) this.#last.push(send);
    else send();
  }

  open(channel: AudioChannel, gate = OPEN): void {
    this.#channel = channel;
    this.#gate = gate;
    gate.reset();
    this.pump();
  }

  /** Sends what the gate admits; it may admit more after each answer of the gateway. */
  pump(): void {
    const channel = this.#channel;
    while (channel?.isOpen && this.#kept[0] && this.#gate.admits()) {
      const [next] = this.#kept.splice(0, 1);
      if (next) this.#send(channel, next);
    }
    if (this.#kept.length === 0) this.#run(this.#last.splice(0));
  }

  /** The link is gone; frames are kept until the next `open`. */
  detach(): void {
    this.#channel = null;
    const again = (this.#doubtful ?? []).map((frame) => ({ frame, numbered: true, first: [] }));
    this.#doubtful = null;
    // Without a line the control messages have their own outbox.
    this.#run([...this.#kept.flatMap(({ first }) => first), ...this.#last.splice(0)]);
    this.#keep([...again, ...this.#kept.map((kept) => ({ ...kept, first: [] }))]);
  }

  onPing(): void {
    this.#doubtful ??= [];
  }

  onPong(): void {
    this.#doubtful = null;
  }

  /** Nothing more is sent or kept. */
  close(): void {
    this.#closed = true;
    this.#channel = this.#doubtful = null;
    this.#kept = [];
    this.#last = [];
  }

  #keep(frames: Kept[]): void {
    this.#kept = frames.slice(-KEPT_FRAMES);
    this.#run(frames.slice(0, -KEPT_FRAMES).flatMap(({ first }) => first));
  }

  #run(all: readonly (() => void)[]): void {
    all.forEach((one) => {
      one();
    });
  }

  #send(channel: AudioChannel, { frame, numbered, first }: Kept): void {
    this.#run(first);
    if (!numbered) {
      writeHeader(frame, { flags: 0, turn: 0, seq: this.#seq++ >>> 0, clockMs: performance.now() >>> 0 });
    }
    channel.send(frame);
    this.#gate.onFrameSent();
    if (this.#doubtful) this.#doubtful = [...this.#doubtful, frame].slice(-KEPT_FRAMES);
  }
}
