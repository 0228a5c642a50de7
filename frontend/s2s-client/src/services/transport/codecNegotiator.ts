/**
 * PCM or Opus, for one conversation: when, and both ways. The page decides, because it sees both ends of the path; the
 * gateway answers `codec`, and either side is at PCM again as soon as Opus fails.
 */
import type { AudioChannel } from "./micSendQueue";
import type { Saving } from "../../types";
import { FRAME_MS, HEADER_BYTES, INPUT_SAMPLES, type Codec, type Notice, type Pong, type ToBrowser, type WishCodec } from "../../types/wire.gen";
import { BROWSER_OPUS, type OpusCodec } from "../../audio/opus/browserCodec";
import { DataSaver, type DataUse, type NetworkHints } from "./dataSaver";
import { MicEncoder } from "./micEncoder";
import { rememberNetwork, wasSlowLately } from "./networkMemory";
import { VoiceDecoder } from "../../audio/opus/decoder";

const BYTES_PER_MS = (HEADER_BYTES + 2 * INPUT_SAMPLES) / FRAME_MS;
/** Firefox's first frame takes up to 0.7 s; a browser that needs longer has no Opus for us. */
const PROBE_LIMIT_MS = 3_000;
const NOTICE: Notice = {
  type: "notice",
  level: "info",
  code: "opus_failed",
  message: "Your browser could not compress the voice.",
  hint: "The call goes on uncompressed.",
};

export interface CodecEvents {
  /** PCM, header included; see VoiceDecoder. */
  readonly onAudio: (frame: ArrayBuffer) => void;
  /** For the person. */
  readonly onNotice: (notice: Notice) => void;
  /** The voice is compressed from here on, and why, or is not any more. */
  readonly onSaving: (saving: Saving | null) => void;
  /** It is going to be compressed: what the line does until then says nothing about what it will do. */
  readonly onRelief: (nowMs: number) => void;
}

/** What carries the call now. */
interface Line {
  readonly mic: MicEncoder;
  readonly channel: AudioChannel;
  readonly wish: (message: WishCodec) => boolean;
  /** null: the gateway has not said it yet. */
  offered: boolean | null;
  /** What was asked for is not answered yet. */
  open: boolean;
  /** What was asked for last, and why. */
  asked: { readonly codec: Codec; readonly saving: Saving | null };
}

export class CodecNegotiator {
  readonly #dataSaver: DataSaver;
  readonly #decoder: VoiceDecoder;
  readonly #hints: () => NetworkHints;
  #line: Line | null = null;
  /** null: not probed yet. On a good network the browser's Opus is never touched. */
  #isSupported: boolean | null = null;
  #probing = false;
  #reported: Saving | null = null;
  /** Whether it was wanted when it was last thought about. */
  #wanted = false;

  constructor(
    use: DataUse,
    private readonly events: CodecEvents,
    private readonly machine: OpusCodec = BROWSER_OPUS,
    hints: () => NetworkHints = browserHints,
  ) {
    this.#dataSaver = new DataSaver(use, wasSlowLately(performance.now()), performance.now());
    this.#hints = hints;
    this.#decoder = new VoiceDecoder(machine, events.onAudio, this.#onFault);
  }

  /** A line was opened; the microphone goes by what is answered. `wish` is false where nothing was sent. */
  attach(channel: AudioChannel, wish: Line["wish"]): AudioChannel {
    this.detach();
    this.#wanted = false;
    this.#decoder.restart();
    const mic = new MicEncoder(channel, this.machine, this.#onFault);
    this.#line = { mic, channel, wish, offered: null, open: false, asked: { codec: "pcm", saving: null } };
    return mic;
  }

  /** The line is gone. */
  detach(): void {
    this.#line?.mic.close();
    this.#line = null;
  }

  /** A voice frame as it came. */
  receiveFrame(frame: ArrayBuffer): void {
    this.#decoder.pushFrame(frame);
  }

  /** The microphone is about to be compressed: what it says now should wait for that. */
  get isChanging(): boolean {
    const line = this.#line;
    if (!line || this.#isSupported === false || line.offered === false) return false;
    if (line.offered === null) return this.#dataSaver.saving(this.#hints()) !== null;
    return this.#wanted && (line.open || this.#isSupported === null);
  }

  /** Whether the line is slow, compressed or not. */
  get isSlow(): boolean {
    return this.#dataSaver.slowness(this.#hints()) !== null;
  }

  /** The line did not carry what it was given. */
  onTooSlow(): void {
    this.#dataSaver.onSlow(performance.now());
    this.#decide();
  }

  onMessage(message: ToBrowser): void {
    switch (message.type) {
      case "ready":
        if (this.#line) this.#line.offered = message.codecs?.includes("opus") ?? false;
        // The line before had it, this gateway has not.
        if (!this.#line?.offered) this.#report(null);
        this.#decide();
        break;
      case "pong":
        this.#onPong(message);
        this.#decide();
        break;
      case "codec":
        // A fault may be this page's: it is not tried again.
        if (message.reason === "fault") this.#isSupported = false;
        if (this.#line) this.#line.open = false;
        this.#line?.mic.setCodec(this.#isSupported ? message.codec : "pcm");
        this.#report(message.codec === "opus" && this.#line ? this.#line.asked.saving : null);
    }
  }

  async #probe(): Promise<void> {
    if (this.#probing) return;
    this.#probing = true;
    // The microphone waits for it.
    const limit = new Promise<boolean>((resolve) => setTimeout(resolve, PROBE_LIMIT_MS, false));
    this.#isSupported = await Promise.race([this.machine.isSupported(), limit]);
    this.#decide();
  }

  #onPong({ voice_waiting_ms: voice = 0 }: Pong): void {
    const mic = this.#line ? this.#line.mic.bufferedAmount / BYTES_PER_MS : 0;
    this.#dataSaver.onPong(Math.max(mic, voice), performance.now());
  }

  #decide(): void {
    const line = this.#line;
    if (!line?.offered) return;
    const saving = this.#isSupported === false ? null : this.#dataSaver.saving(this.#hints());
    rememberNetwork(this.#dataSaver.slowness({}) !== null, performance.now());
    if (saving && !this.#wanted) this.events.onRelief(performance.now());
    this.#wanted = saving !== null;
    if (saving && this.#isSupported === null) {
      void this.#probe();
      return;
    }
    const codec = saving ? "opus" : "pcm";
    if (codec === line.asked.codec) return;
    if (line.wish({ type: "wish_codec", codec, reason: saving ?? (this.#isSupported ? "clean" : "fault") })) {
      line.asked = { codec, saving };
      line.open = true;
    }
  }

  readonly #onFault = (why: string): void => {
    console.warn(`S2S: no Opus any more: ${why}`);
    if (!this.#isSupported) return;
    this.#isSupported = false;
    this.#line?.mic.setCodec("pcm");
    this.#report(null);
    this.#decide();
    this.events.onNotice(NOTICE);
  };

  #report(saving: Saving | null): void {
    if (saving === this.#reported) return;
    this.#reported = saving;
    this.events.onSaving(saving);
  }
}

function browserHints(): NetworkHints {
  return (navigator as { connection?: NetworkHints }).connection ?? {};
}
