/** Send queue for microphone frames: keeps speech while no link is open, then sends every frame at once. */
import { writeHeader } from "../../audio/pcm";
import { FRAME_MS } from "../../types/wire.gen";

/** 10 s of speech; beyond that the oldest frame is dropped. */
const KEPT_FRAMES = 500;
/** 2 s of unsent frames: the network is slower than speech, and late speech is useless. The frame is dropped. */
const MAX_UNSENT_BYTES = 65_536;

export interface AudioChannel {
  readonly isOpen: boolean;
  readonly bufferedAmount: number;
  send(data: ArrayBuffer): void;
}

/** How much faster than speech the first numbers grow: a page loaded 1 s later starts 800 higher. */
const STRIDE = 16;

/**
 * A page's first frame number, derived from the clock. A reloaded page thus starts far above every number of the page before
 * it, whichever of those arrived: the gateway (`s2s/transport/mic_reorder.py`) treats a jump of more than 500 as another page,
 * and takes none of its frames for a repetition or for loss.
 */
export function firstFrameNumber(nowMs: number): number {
  return (Math.floor(nowMs / FRAME_MS) * STRIDE) % 2 ** 32;
}

/** Decides whether the connection should get more data now. */
export interface Gate {
  /** Starts over for a new connection. */
  reset(): void;
  /** Whether the next frame may be sent; asked before each frame. */
  admits(): boolean;
  /** Records that a frame was sent. */
  onFrameSent(): void;
}

const OPEN: Gate = { reset: () => undefined, admits: () => true, onFrameSent: () => undefined };

interface Kept {
  readonly frame: ArrayBuffer;
  /** It was sent once already and has its number. */
  readonly numbered: boolean;
  /** Actions to run before it is sent, in their original order. */
  readonly first: readonly (() => void)[];
}

export class MicSendQueue {
  #kept: Kept[] = [];
  #channel: AudioChannel | null = null;
  #gate = OPEN;
  /** Actions to run once everything kept has been sent. */
  #last: (() => void)[] = [];
  #seq: number;
  /**
   * Frames sent after a ping that is not answered yet, or null if every ping was answered. If a ping is never answered, it did
   * not arrive and neither did these frames, so they are resent. Frames before it are not, so that nothing is heard twice.
   */
  #doubtful: ArrayBuffer[] | null = null;
  #closed = false;

  constructor(firstSeq: number) {
    this.#seq = firstSeq;
  }

  /** Queues a frame. Its first 12 bytes are free; the header is written in place. */
  push(frame: ArrayBuffer): void {
    if (this.#closed) return;
    const waits = this.#kept.length > 0 || !this.#channel?.isOpen;
    if (!waits && this.#channel && this.#channel.bufferedAmount > MAX_UNSENT_BYTES) return;
    this.#keep([...this.#kept, { frame, numbered: false, first: this.#last.splice(0) }]);
    this.pump();
  }

  /** Runs `send` now; or, if the message may mark the end of an utterance still queued here, once that was sent or dropped. */
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

  /** Records that the link is gone; frames are kept until the next `open`. */
  detach(): void {
    this.#channel = null;
    const again = (this.#doubtful ?? []).map((frame) => ({ frame, numbered: true, first: [] }));
    this.#doubtful = null;
    // Without a connection the control messages have their own queue.
    this.#run([...this.#kept.flatMap(({ first }) => first), ...this.#last.splice(0)]);
    this.#keep([...again, ...this.#kept.map((kept) => ({ ...kept, first: [] }))]);
  }

  onPing(): void {
    this.#doubtful ??= [];
  }

  onPong(): void {
    this.#doubtful = null;
  }

  /** Stops sending and drops what is kept. */
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
