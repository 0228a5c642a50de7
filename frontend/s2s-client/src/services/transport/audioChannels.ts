/**
 * The audio channels of one peer connection. On a good path there is one: ordered, without retransmits. On a lossy path an
 * unordered channel takes over in mid-call, and each frame is sent twice (`wire/README.md`).
 */
import { AUDIO_CHANNEL, REPEAT_AFTER_FRAMES, TWICE_PROTOCOL } from "../../types/wire.gen";
import type { AudioChannel } from "./micSendQueue";
import type { Profile } from "./lossMonitor";

const KINDS: Readonly<Record<Profile, RTCDataChannelInit>> = {
  plain: { ordered: true, maxRetransmits: 0 },
  twice: { ordered: false, maxRetransmits: 0, protocol: TWICE_PROTOCOL },
};
/** 320 ms of unsent speech: the connection is slow, and repetitions would make it slower. */
const SLOW_FRAMES = 16;
/** Compressed frames are smaller, but uncompressed ones may be queued behind them. */
const MIN_FRAME_BYTES = 200;
/** How many pongs the previous channel stays open, to deliver what was in flight. */
const LINGER_PONGS = 2;

export interface AudioChannelEvents {
  /** The first channel can carry audio. */
  readonly onOpen: () => void;
  /** A frame arrived; `profile` is that of its channel. */
  readonly onFrame: (frame: ArrayBuffer, profile: Profile) => void;
  /** Another channel has taken over. */
  readonly onProfile: (profile: Profile) => void;
}

interface Lane {
  readonly profile: Profile;
  readonly channel: RTCDataChannel;
}

export class AudioChannels implements AudioChannel {
  #current: Lane;
  /** The channel being opened; it takes over once it is open. */
  #next: Lane | null = null;
  #left: RTCDataChannel[] = [];
  #pongs = 0;
  #frameBytes = MIN_FRAME_BYTES;
  /** Frames sent once so far, oldest first, to be repeated. */
  #once: ArrayBuffer[] = [];

  constructor(
    private readonly peer: Pick<RTCPeerConnection, "createDataChannel">,
    profile: Profile,
    private readonly events: AudioChannelEvents,
  ) {
    this.#current = this.#lane(profile);
    this.#current.channel.onopen = events.onOpen;
  }

  get isOpen(): boolean {
    return this.#current.channel.readyState === "open";
  }

  get bufferedAmount(): number {
    return this.#current.channel.bufferedAmount;
  }

  get isSlow(): boolean {
    return this.bufferedAmount > SLOW_FRAMES * this.#frameBytes;
  }

  send(frame: ArrayBuffer): void {
    this.#frameBytes = Math.max(frame.byteLength, MIN_FRAME_BYTES);
    this.#current.channel.send(frame);
    this.#once.push(frame);
    if (this.#once.length > REPEAT_AFTER_FRAMES) this.#again(this.#once.splice(0, 1));
  }

  /** Sends the pending repetitions now, because no frame may follow for a while. */
  pause(): void {
    this.#again(this.#once);
    this.#once = [];
  }

  /** Switches frames to this profile once its channel is open. */
  useProfile(profile: Profile): void {
    if (!this.isOpen || this.#next || profile === this.#current.profile) return;
    const next = (this.#next = this.#lane(profile));
    next.channel.onopen = () => {
      this.#takeOver(next);
    };
    next.channel.onclose = () => {
      if (this.#next === next) this.#next = null;
    };
  }

  /** Handles a pong. */
  onPong(): void {
    if (this.#left.length === 0 || ++this.#pongs < LINGER_PONGS) return;
    this.#left.forEach((channel) => {
      channel.close();
    });
    this.#left = [];
  }

  #takeOver(next: Lane): void {
    const before = this.#current;
    this.#left.push(before.channel);
    this.#pongs = 0;
    this.#next = null;
    this.#current = next;
    // Plain channels repeat nothing, so the other channel's pending repetitions go at once. The frames before a change to
    // "twice" may have been lost as well: they are repeated along with the next frames.
    if (before.profile === "twice") {
      this.#once.forEach((frame) => {
        next.channel.send(frame);
      });
      this.#once = [];
    }
    this.events.onProfile(next.profile);
  }

  #again(frames: readonly ArrayBuffer[]): void {
    const { profile, channel } = this.#current;
    if (profile !== "twice" || !this.isOpen || this.isSlow) return;
    frames.forEach((frame) => {
      channel.send(frame);
    });
  }

  #lane(profile: Profile): Lane {
    const channel = this.peer.createDataChannel(AUDIO_CHANNEL, KINDS[profile]);
    channel.binaryType = "arraybuffer";
    channel.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
      this.events.onFrame(data, profile);
    };
    return { profile, channel };
  }
}
