/**
 * The audio channels of one peer connection. On a good path there is one, the document's: ordered, without retransmits.
 * On a path that loses sound another one takes over in mid-call, unordered, and each frame goes twice (`wire/README.md`).
 */
import { AUDIO_CHANNEL, REPEAT_AFTER_FRAMES, TWICE_PROTOCOL } from "../../types/wire.gen";
import type { AudioChannel } from "./micSendQueue";
import type { Profile } from "./lossMonitor";

const KINDS: Readonly<Record<Profile, RTCDataChannelInit>> = {
  plain: { ordered: true, maxRetransmits: 0 },
  twice: { ordered: false, maxRetransmits: 0, protocol: TWICE_PROTOCOL },
};
/** 320 ms of speech unsent: the line is slow, and repetitions would only make it slower. */
const SLOW_FRAMES = 16;
/** Compressed frames are smaller, but behind them some may wait that are not. */
const MIN_FRAME_BYTES = 200;
/** For so many answered pings the channel that was left still brings what was on its way. */
const LINGER_PONGS = 2;

export interface AudioChannelEvents {
  /** The first channel can carry sound. */
  readonly onOpen: () => void;
  /** A frame; `profile` is that of the channel it came by. */
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
  /** Being opened; it takes over when it is. */
  #next: Lane | null = null;
  #left: RTCDataChannel[] = [];
  #pongs = 0;
  #frameBytes = MIN_FRAME_BYTES;
  /** Sent once so far, the oldest first: what the second time is for. */
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

  /** No frame may follow for a while: what was sent once goes again now. */
  pause(): void {
    this.#again(this.#once);
    this.#once = [];
  }

  /** Frames take this way from when its channel is open. */
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

  /** A ping was answered. */
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
    // Plain channels repeat nothing, so what the other one still owes goes at once. The frames before a change to
    // "twice" may have been lost as well: their second time comes with the next frames.
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
