/**
 * Sends microphone frames to a channel as PCM or Opus, in order. Frames that cannot be compressed are sent as PCM, so no speech
 * is lost.
 */
import type { AudioChannel } from "./micSendQueue";
import { FLAG_OPUS, HEADER_BYTES, INPUT_SAMPLES, MAX_OPUS_BYTES, OPUS_UP_BITS_PER_S, FRAME_MS, type Codec } from "../../types/wire.gen";
import type { OpusCodec, PacketEncoder } from "../../audio/opus/browserCodec";

const FLAGS_AT = 1;
/** 2 s of speech went in and nothing came out. Fewer frames may arrive in one burst at a page that was busy. */
const STUCK_FRAMES = 100;
/** Frames kept while the codec was negotiated arrive in one burst, too. */
const STUCK_MS = 2_000;
/** Size ratio of PCM to compressed frames: callers convert buffered bytes to time as if they were PCM. */
const SMALLER = (HEADER_BYTES + 2 * INPUT_SAMPLES) / (HEADER_BYTES + (OPUS_UP_BITS_PER_S * FRAME_MS) / 8000);

interface Waiting {
  readonly frame: ArrayBuffer;
  /** null: sent as PCM, or not encoded yet. */
  packet: Uint8Array | null;
  ready: boolean;
  readonly sinceMs: number;
}

export class MicEncoder implements AudioChannel {
  #codec: Codec = "pcm";
  #encoder: PacketEncoder | null = null;
  /** Frames in capture order. */
  #waiting: Waiting[] = [];

  constructor(
    private readonly channel: AudioChannel,
    private readonly machine: OpusCodec,
    private readonly onFault: (why: string) => void,
  ) {}

  get isOpen(): boolean {
    return this.channel.isOpen;
  }

  get bufferedAmount(): number {
    return this.channel.bufferedAmount * (this.#codec === "opus" ? SMALLER : 1);
  }

  /** Sets the codec from the next frame on. */
  setCodec(codec: Codec): void {
    this.#codec = codec;
    this.#leave();
  }

  send(frame: ArrayBuffer): void {
    if (this.#codec === "pcm" && this.#waiting.length === 0) {
      this.channel.send(frame);
      return;
    }
    const opus = this.#codec === "opus";
    const nowMs = performance.now();
    this.#waiting.push({ frame, packet: null, ready: !opus, sinceMs: nowMs });
    if (opus) this.#compress(frame);
    const unmade = this.#waiting.filter(({ ready }) => !ready);
    if (unmade.length > STUCK_FRAMES && nowMs - (unmade[0]?.sinceMs ?? nowMs) >= STUCK_MS) this.#fail("the encoder is stuck");
  }

  /** Stops sending. */
  close(): void {
    this.#waiting = [];
    this.#codec = "pcm";
    this.#leave();
  }

  #compress(frame: ArrayBuffer): void {
    try {
      this.#encoder ??= this.#onEncoded();
      this.#encoder.encode(frame.slice(HEADER_BYTES));
    } catch (reason) {
      this.#fail(String(reason));
    }
  }

  #onEncoded(): PacketEncoder {
    const made: PacketEncoder = this.machine.createEncoder({
      onOutput: (packet) => {
        if (this.#encoder === made) this.#onPacket(packet);
      },
      onFault: (why) => {
        if (this.#encoder === made) this.#fail(why);
      },
    });
    return made;
  }

  #onPacket(packet: Uint8Array): void {
    const oldest = this.#waiting.find(({ ready }) => !ready);
    if (!oldest) return;
    oldest.ready = true;
    if (packet.byteLength <= MAX_OPUS_BYTES) oldest.packet = packet;
    this.#drain();
    this.#leave();
  }

  #fail(why: string): void {
    this.#encoder?.close();
    this.#encoder = null;
    this.#codec = "pcm";
    this.#waiting.forEach((one) => {
      one.ready = true;
    });
    this.#drain();
    this.onFault(why);
  }

  #drain(): void {
    while (this.#waiting[0]?.ready) {
      const { frame, packet } = this.#waiting[0];
      this.#waiting.shift();
      if (this.channel.isOpen) this.channel.send(packet ? withPacket(frame, packet) : frame);
    }
  }

  /** Closes the encoder once PCM is wanted and all of its input has come out. */
  #leave(): void {
    if (this.#codec !== "pcm" || this.#waiting.some(({ ready }) => !ready)) return;
    this.#encoder?.close();
    this.#encoder = null;
  }
}

/** Builds a new frame: the original may be resent later, as PCM. */
function withPacket(frame: ArrayBuffer, packet: Uint8Array): ArrayBuffer {
  const out = new Uint8Array(HEADER_BYTES + packet.byteLength);
  out.set(new Uint8Array(frame, 0, HEADER_BYTES));
  out.set(packet, HEADER_BYTES);
  out[FLAGS_AT] = (out[FLAGS_AT] ?? 0) | FLAG_OPUS;
  return out.buffer;
}
