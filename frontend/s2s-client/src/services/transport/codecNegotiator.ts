/**
 * Chooses PCM or Opus for one conversation, in both directions. The page decides, because it sees both ends of the path; the
 * gateway answers `codec`, and either side returns to PCM as soon as Opus fails.
 */
import type { AudioChannel } from "./micSendQueue";
import type { Saving } from "../../types";
import { FRAME_MS, HEADER_BYTES, INPUT_SAMPLES, type Codec, type Notice, type Pong, type ToBrowser, type WishCodec } from "../../types/wire.gen";
import { BROWSER_OPUS, type OpusCodec } from "../../audio/opus/browserCodec";
import { BusyPage } from "../busyPage";
import { DataSaver, type DataUse, type NetworkHints } from "./dataSaver";
import { MicEncoder } from "./micEncoder";
import { rememberNetwork, wasSlowLately } from "./networkMemory";
import { VoiceDecoder } from "../../audio/opus/decoder";

const BYTES_PER_MS = (HEADER_BYTES + 2 * INPUT_SAMPLES) / FRAME_MS;
/** Firefox's first frame takes up to 0.7 s; a browser that needs longer counts as having no Opus. */
const PROBE_LIMIT_MS = 3_000;
const NOTICE: Notice = {
  type: "notice",
  level: "info",
  code: "opus_failed",
  message: "Your browser couldn’t compress the audio.",
  hint: "The conversation continues uncompressed.",
};

export interface CodecEvents {
  /** PCM, header included; see VoiceDecoder. */
  readonly onAudio: (frame: ArrayBuffer) => void;
  /** A notice for the user. */
  readonly onNotice: (notice: Notice) => void;
  /** Audio is compressed from here on, and why; null: no longer. */
  readonly onSaving: (saving: Saving | null) => void;
  /** Compression is about to start: backlog and loss until then do not predict what follows. */
  readonly onRelief: (nowMs: number) => void;
}

/** What is known of the path between this page and the gateway. */
export interface PathKnowledge {
  /** No network lies between: nothing is gained by fewer bytes. */
  readonly isLocal: boolean;
  /** It loses frames without being slow. */
  isLossy(nowMs: number): boolean;
}

/** The connection that carries the call now. */
interface Line {
  readonly mic: MicEncoder;
  readonly channel: AudioChannel;
  readonly wish: (message: WishCodec) => boolean;
  /** null: the gateway has not said yet. */
  offered: boolean | null;
  /** The last request is not answered yet. */
  open: boolean;
  /** What was requested last, and why. */
  asked: { readonly codec: Codec; readonly saving: Saving | null };
}

export class CodecNegotiator {
  readonly #dataSaver: DataSaver;
  readonly #busyPage = new BusyPage();
  readonly #decoder: VoiceDecoder;
  readonly #hints: () => NetworkHints;
  #line: Line | null = null;
  /** null: not probed yet. On a good network the browser's Opus is never loaded. */
  #isSupported: boolean | null = null;
  #probing = false;
  #reported: Saving | null = null;
  /** Whether compression was wanted at the last check. */
  #wanted = false;

  constructor(
    use: DataUse,
    private readonly events: CodecEvents,
    private readonly path: PathKnowledge,
    private readonly machine: OpusCodec = BROWSER_OPUS,
    hints: () => NetworkHints = browserHints,
  ) {
    this.#dataSaver = new DataSaver(use, wasSlowLately(performance.now()), performance.now());
    this.#hints = hints;
    this.#decoder = new VoiceDecoder(machine, events.onAudio, this.#onFault);
  }

  /** Attaches a new connection; the microphone follows the answered codec. `wish` returns false if nothing was sent. */
  attach(channel: AudioChannel, wish: Line["wish"]): AudioChannel {
    this.detach();
    this.#busyPage.start();
    this.#wanted = false;
    this.#decoder.restart();
    const mic = new MicEncoder(channel, this.machine, this.#onFault);
    this.#line = { mic, channel, wish, offered: null, open: false, asked: { codec: "pcm", saving: null } };
    return mic;
  }

  /** Records that the connection is gone. */
  detach(): void {
    this.#busyPage.stop();
    this.#line?.mic.close();
    this.#line = null;
  }

  /** Handles an audio frame as received. */
  receiveFrame(frame: ArrayBuffer): void {
    this.#decoder.pushFrame(frame);
  }

  /** Whether the microphone is about to be compressed: frames captured now should wait for that. */
  get isChanging(): boolean {
    const line = this.#line;
    if (!line || this.#isSupported === false || line.offered === false) return false;
    if (line.offered === null) return this.#saving() !== null;
    return this.#wanted && (line.open || this.#isSupported === null);
  }

  /** Whether the connection is slow, compressed or not. */
  get isSlow(): boolean {
    return !this.path.isLocal && this.#dataSaver.slowness(this.#hints()) !== null;
  }

  /** Records that the connection did not carry the audio. */
  onTooSlow(): void {
    if (this.#isExcused(performance.now())) return;
    this.#dataSaver.onSlow(performance.now());
    this.#decide();
  }

  onMessage(message: ToBrowser): void {
    switch (message.type) {
      case "ready":
        if (this.#line) this.#line.offered = message.codecs?.includes("opus") ?? false;
        // The previous connection had Opus, this gateway has not.
        if (!this.#line?.offered) this.#report(null);
        this.#decide();
        break;
      case "pong":
        this.#onPong(message);
        this.#decide();
        break;
      case "codec":
        // The fault may be this page's, so Opus is not tried again.
        if (message.reason === "fault") this.#isSupported = false;
        if (this.#line) this.#line.open = false;
        this.#line?.mic.setCodec(this.#isSupported ? message.codec : "pcm");
        this.#report(message.codec === "opus" && this.#line ? this.#line.asked.saving : null);
    }
  }

  async #probe(): Promise<void> {
    if (this.#probing) return;
    this.#probing = true;
    // The microphone waits for this.
    const limit = new Promise<boolean>((resolve) => setTimeout(resolve, PROBE_LIMIT_MS, false));
    this.#isSupported = await Promise.race([this.machine.isSupported(), limit]);
    this.#decide();
  }

  #onPong({ ms, voice_waiting_ms: voice = 0 }: Pong): void {
    const now = performance.now();
    const mic = this.#line ? this.#line.mic.bufferedAmount / BYTES_PER_MS : 0;
    this.#dataSaver.onPong(this.#isExcused(now) ? 0 : Math.max(mic, voice), now, now - ms);
  }

  /** Whether something else than a slow network makes audio wait: compression would only cost a busy computer more. */
  #isExcused(nowMs: number): boolean {
    return this.path.isLocal || this.path.isLossy(nowMs) || this.#busyPage.isBusy;
  }

  /** Why audio should be compressed now. Within this computer only if it is wished. */
  #saving(): Saving | null {
    const saving = this.#dataSaver.saving(this.#hints());
    return this.path.isLocal && saving !== "wished" ? null : saving;
  }

  #decide(): void {
    const line = this.#line;
    if (!line?.offered) return;
    const saving = this.#isSupported === false ? null : this.#saving();
    rememberNetwork(!this.path.isLocal && this.#dataSaver.slowness({}) !== null, performance.now());
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
    console.info(`S2S: no Opus any more: ${why}`);
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
