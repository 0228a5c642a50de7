/**
 * PCM or Opus, for one conversation: when, and both ways. The page decides, because it sees both ends of the path; the
 * gateway answers `codec`, and either side is at PCM again as soon as Opus fails.
 */
import type { AudioChannel } from "./micSendQueue";
import type { Saving } from "../../types";
import { FRAME_MS, HEADER_BYTES, INPUT_SAMPLES, type Codec, type Notice, type Pong, type ToBrowser, type WishCodec } from "../../types/wire.gen";
import { BROWSER_OPUS, type OpusMachine } from "../../audio/opus/browserCodec";
import { DataWatch, type DataUse, type NetworkHints } from "./dataSaver";
import { OpusMic } from "./micEncoder";
import { noteLine, wasSlowLately } from "./networkMemory";
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
  readonly mic: OpusMic;
  readonly channel: AudioChannel;
  readonly wish: (message: WishCodec) => boolean;
  /** null: the gateway has not said it yet. */
  offered: boolean | null;
  /** What was asked for is not answered yet. */
  open: boolean;
  /** What was asked for last, and why. */
  asked: { readonly codec: Codec; readonly saving: Saving | null };
}

export class CodecKeeper {
  readonly #watch: DataWatch;
  readonly #decoder: VoiceDecoder;
  readonly #hints: () => NetworkHints;
  #line: Line | null = null;
  /** null: nobody asked yet. On a good network the browser's Opus is never touched. */
  #able: boolean | null = null;
  #probing = false;
  #told: Saving | null = null;
  /** Whether it was wanted when it was last thought about. */
  #wanted = false;

  constructor(
    use: DataUse,
    private readonly events: CodecEvents,
    private readonly machine: OpusMachine = BROWSER_OPUS,
    hints: () => NetworkHints = browserHints,
  ) {
    this.#watch = new DataWatch(use, wasSlowLately(performance.now()), performance.now());
    this.#hints = hints;
    this.#decoder = new VoiceDecoder(machine, events.onAudio, this.#onFault);
  }

  /** A line was opened; the microphone goes by what is answered. `wish` is false where nothing was sent. */
  carry(channel: AudioChannel, wish: Line["wish"]): AudioChannel {
    this.shut();
    this.#wanted = false;
    this.#decoder.restart();
    const mic = new OpusMic(channel, this.machine, this.#onFault);
    this.#line = { mic, channel, wish, offered: null, open: false, asked: { codec: "pcm", saving: null } };
    return mic;
  }

  /** The line is gone. */
  shut(): void {
    this.#line?.mic.close();
    this.#line = null;
  }

  /** A voice frame as it came. */
  take(frame: ArrayBuffer): void {
    this.#decoder.take(frame);
  }

  /** The microphone is about to be compressed: what it says now should wait for that. */
  get isChanging(): boolean {
    const line = this.#line;
    if (!line || this.#able === false || line.offered === false) return false;
    if (line.offered === null) return this.#watch.saving(this.#hints()) !== null;
    return this.#wanted && (line.open || this.#able === null);
  }

  /** Whether the line is slow, compressed or not. */
  get isSlow(): boolean {
    return this.#watch.slowness(this.#hints()) !== null;
  }

  /** The line did not carry what it was given. */
  tooSlow(): void {
    this.#watch.found(performance.now());
    this.#decide();
  }

  hear(message: ToBrowser): void {
    switch (message.type) {
      case "ready":
        if (this.#line) this.#line.offered = message.codecs?.includes("opus") ?? false;
        // The line before had it, this gateway has not.
        if (!this.#line?.offered) this.#tell(null);
        this.#decide();
        break;
      case "pong":
        this.#ponged(message);
        this.#decide();
        break;
      case "codec":
        // A fault may be this page's: it is not tried again.
        if (message.reason === "fault") this.#able = false;
        if (this.#line) this.#line.open = false;
        this.#line?.mic.use(this.#able ? message.codec : "pcm");
        this.#tell(message.codec === "opus" && this.#line ? this.#line.asked.saving : null);
    }
  }

  async #probe(): Promise<void> {
    if (this.#probing) return;
    this.#probing = true;
    // The microphone waits for it.
    const limit = new Promise<boolean>((resolve) => setTimeout(resolve, PROBE_LIMIT_MS, false));
    this.#able = await Promise.race([this.machine.works(), limit]);
    this.#decide();
  }

  #ponged({ voice_waiting_ms: voice = 0 }: Pong): void {
    const mic = this.#line ? this.#line.mic.bufferedAmount / BYTES_PER_MS : 0;
    this.#watch.ponged(Math.max(mic, voice), performance.now());
  }

  #decide(): void {
    const line = this.#line;
    if (!line?.offered) return;
    const saving = this.#able === false ? null : this.#watch.saving(this.#hints());
    noteLine(this.#watch.slowness({}) !== null, performance.now());
    if (saving && !this.#wanted) this.events.onRelief(performance.now());
    this.#wanted = saving !== null;
    if (saving && this.#able === null) {
      void this.#probe();
      return;
    }
    const codec = saving ? "opus" : "pcm";
    if (codec === line.asked.codec) return;
    if (line.wish({ type: "wish_codec", codec, reason: saving ?? (this.#able ? "clean" : "fault") })) {
      line.asked = { codec, saving };
      line.open = true;
    }
  }

  readonly #onFault = (why: string): void => {
    console.warn(`S2S: no Opus any more: ${why}`);
    if (!this.#able) return;
    this.#able = false;
    this.#line?.mic.use("pcm");
    this.#tell(null);
    this.#decide();
    this.events.onNotice(NOTICE);
  };

  #tell(saving: Saving | null): void {
    if (saving === this.#told) return;
    this.#told = saving;
    this.events.onSaving(saving);
  }
}

function browserHints(): NetworkHints {
  return (navigator as { connection?: NetworkHints }).connection ?? {};
}
