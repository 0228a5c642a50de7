/** The microphone's mouth: keeps what was said before the channel opened, then sends every frame at once. */
import { writeHeader } from "../audio/pcm";

/** 10 s of speech; then the oldest goes. */
const KEPT_FRAMES = 500;
/** 2 s of frames unsent: the network is slower than speech, and late speech helps nobody. The frame is dropped. */
const MAX_UNSENT_BYTES = 65_536;

export interface AudioChannel {
  readonly bufferedAmount: number;
  send(data: ArrayBuffer): void;
}

export class MicOutbox {
  #kept: ArrayBuffer[] = [];
  #channel: AudioChannel | null = null;
  #seq = 0;

  /** `frame` has its first 12 bytes free; they are written in place. */
  push(frame: ArrayBuffer): void {
    if (!this.#channel) {
      this.#kept.push(frame);
      if (this.#kept.length > KEPT_FRAMES) this.#kept.shift();
    } else if (this.#channel.bufferedAmount <= MAX_UNSENT_BYTES) {
      this.#send(this.#channel, frame);
    }
  }

  open(channel: AudioChannel): void {
    this.#channel = channel;
    const waiting = this.#kept;
    this.#kept = [];
    waiting.forEach((frame) => {
      this.#send(channel, frame);
    });
  }

  /** Nothing more is sent or kept. */
  close(): void {
    this.#kept = [];
    this.#channel = { bufferedAmount: Infinity, send: () => undefined };
  }

  #send(channel: AudioChannel, frame: ArrayBuffer): void {
    writeHeader(frame, { flags: 0, turn: 0, seq: this.#seq++ >>> 0, clockMs: performance.now() >>> 0 });
    channel.send(frame);
  }
}
