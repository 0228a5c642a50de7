/** For the tests: a page's codec, with a microphone, a browser's Opus and a path that are as the story says. */
import { vi } from "vitest";
import { writeHeader } from "../audio/pcm";
import { CodecNegotiator } from "../services/transport/codecNegotiator";
import type { DataUse, NetworkHints } from "../services/transport/dataSaver";
import type { Saving } from "../types";
import { FLAG_OPUS, HEADER_BYTES, INPUT_SAMPLES, type Notice, type ToBrowser, type WishCodec } from "../types/wire.gen";
import { FakeOpus } from "./opusStage";

export const ready = (...codecs: string[]) => ({ type: "ready", codecs }) as unknown as ToBrowser;
/** The answer to a ping that took `tripMs`: long, behind all that waits. */
export const pong = (voice_waiting_ms: number, tripMs = 400): ToBrowser => ({ type: "pong", ms: performance.now() - tripMs, gateway_ms: 0, mic_missing: 0, voice_waiting_ms });

export class CodecStage {
  readonly opus = new FakeOpus();
  readonly asked: WishCodec[] = [];
  readonly notices: Notice[] = [];
  readonly told: (Saving | null)[] = [];
  readonly sent: { readonly seq: number; readonly opus: boolean }[] = [];
  hints: NetworkHints = {};
  readonly path = { isLocal: false, lossy: false, isLossy: () => this.path.lossy };
  reliefs = 0;
  readonly channel = {
    isOpen: true,
    bufferedAmount: 0,
    send: (frame: ArrayBuffer) => {
      const view = new DataView(frame);
      this.sent.push({ seq: view.getUint32(4), opus: (view.getUint8(1) & FLAG_OPUS) !== 0 });
    },
  };
  readonly keeper: CodecNegotiator;
  mic: ReturnType<CodecNegotiator["attach"]>;
  #seq = 0;

  constructor(use: DataUse = "automatic", able = true) {
    this.opus.able = able;
    const events = { onAudio: () => undefined, onNotice: (notice: Notice) => this.notices.push(notice), onSaving: (saving: Saving | null) => this.told.push(saving), onRelief: () => { this.reliefs++; } };
    this.keeper = new CodecNegotiator(use, events, this.path, this.opus, () => this.hints);
    this.mic = this.join();
  }

  join() {
    return (this.mic = this.keeper.attach(this.channel, (message) => this.asked.push(message) > 0));
  }

  speak(frames = 1): void {
    for (let n = 0; n < frames; n++) {
      const frame = new ArrayBuffer(HEADER_BYTES + 2 * INPUT_SAMPLES);
      writeHeader(frame, { flags: 0, turn: 0, seq: this.#seq++, clockMs: 0 });
      this.mic.send(frame);
    }
  }

  codec(codec: "pcm" | "opus", reason: "wished" | "fault" = "wished"): void {
    this.keeper.onMessage({ type: "codec", codec, reason });
  }

  get words(): string {
    return this.sent.map(({ seq, opus }) => `${seq}${opus ? "o" : "p"}`).join(" ");
  }
}

/** The browser was asked whether it has Opus, and has answered. */
export async function probed(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

export async function saving(use: DataUse = "save"): Promise<CodecStage> {
  const stage = new CodecStage(use);
  stage.keeper.onMessage(ready("opus"));
  await probed();
  return stage;
}
