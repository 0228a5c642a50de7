/** One conversation, from the click to the end: microphone, transport and loudspeaker joined to the store. */
import type { FromCapture, FromPlayback } from "../audio/protocol";
import { readHeader, turnIsAfter } from "../audio/pcm";
import { SpeechMeter } from "../audio/speechMeter";
import { AudioProcessor } from "../services/audioProcessor";
import { openMicrophone } from "../services/microphone";
import { openTransport, type Transport, type TransportOptions } from "../services/transport";
import { OUTPUT_SAMPLES, type Failure, type Phase, type ToBrowser } from "../types";
import { failure } from "./failures";
import type { SessionStore } from "./state";

/** Longer than this is not an answer to the words before it. */
const LATENCY_LIMIT_MS = 30_000;

export class Call {
  readonly audio: AudioProcessor;
  readonly #transport: Transport;
  readonly #meter = new SpeechMeter();
  #newestTurn: number | null = null;
  #heard: { turn: number; ms: number } | null = null;
  /** The last turn whose voice is over, played to its end or silenced. */
  #overTurn: number | null = null;
  /** The answer that was refused before it sounded, until the gateway has said what it made of that. */
  #refusedTurn: number | null = null;
  /** The connection was lost, and the gateway has not yet said what it is doing since. */
  #cameBack = false;
  /** When the person last asked something by typing. */
  #typedAtMs: number | null = null;
  #answeredAtMs = 0;

  constructor(
    options: TransportOptions,
    private readonly store: SessionStore,
    private readonly onFailure: (reason: Failure) => void,
  ) {
    this.audio = new AudioProcessor({
      onCapture: this.#onCapture,
      onPlayed: this.#onPlayed,
      onMicrophoneLost: this.#onMicrophoneLost,
    });
    this.#transport = openTransport(options, {
      onStep: (step) => {
        store.dispatch({ type: "step", step });
      },
      onConnected: (connection) => {
        store.dispatch({ type: "connected", connection });
      },
      onAway: () => {
        this.#cameBack = true;
        store.dispatch({ type: "away" });
      },
      onAudio: this.#onAudio,
      onControl: this.#onControl,
      onLost: onFailure,
    });
    window.addEventListener("pagehide", this.#onPageHide);
  }

  /** Microphone and session are fetched side by side; words spoken meanwhile are kept and sent. */
  async start(): Promise<void> {
    await Promise.all([this.audio.startPlayback(), this.#openMicrophone(), this.#transport.open()]);
    this.store.dispatch({ type: "step", step: "greeting" });
  }

  interrupt(): void {
    const turn = this.#newestTurn;
    const sounds = turn !== null && turn !== this.#overTurn;
    if (sounds) this.audio.flush(turn);
    // While nothing sounds, the answer that is waited for is meant: it will have the next number, the first one is 1.
    const meant = sounds ? turn : ((turn ?? 0) + 1) & 0xffff;
    if (!sounds) this.#refusedTurn = meant;
    this.#transport.sendControl({ type: "interrupt", turn: meant });
    const heardMs = this.#heard?.turn === turn ? this.#heard.ms : 0;
    this.store.dispatch({ type: "interrupted", turn: sounds ? turn : null, heardMs });
  }

  /** The gateway shows it in the transcript, as it does with what is spoken. */
  sendText(text: string): void {
    this.#typedAtMs = Date.now();
    this.#transport.sendControl({ type: "text", text });
  }

  setMuted(muted: boolean): void {
    this.audio.setMuted(muted);
    this.#transport.sendControl({ type: "mic", muted });
    this.store.dispatch({ type: "muted", muted });
  }

  close(): void {
    window.removeEventListener("pagehide", this.#onPageHide);
    this.#transport.close();
    this.audio.close().catch((fault: unknown) => {
      console.warn("The sound did not close cleanly.", fault);
    });
  }

  async #openMicrophone(): Promise<void> {
    const stream = await openMicrophone();
    await this.audio.startCapture(stream);
    this.store.dispatch({ type: "microphone-open" });
  }

  readonly #onPageHide = (): void => {
    this.#transport.close();
  };

  readonly #onCapture = ({ frame, rms, atMs }: FromCapture): void => {
    this.#meter.hear(rms, atMs);
    this.#transport.sendAudio(frame);
  };

  readonly #onAudio = (frame: ArrayBuffer): void => {
    const turn = readHeader(frame, OUTPUT_SAMPLES)?.turn;
    if (turn === undefined) return;
    if (this.#newestTurn === null || turnIsAfter(turn, this.#newestTurn)) this.#newestTurn = turn;
    // On its way when the button was pressed: the gateway's flush follows.
    if (turn !== this.#refusedTurn) this.audio.play(frame);
  };

  readonly #onPlayed = ({ kind, turn, ms, atMs }: FromPlayback): void => {
    this.#transport.sendControl({ type: "played", turn, ms });
    this.#heard = { turn, ms };
    if (kind === "first") {
      this.store.dispatch({ type: "voice-started", turn, latencyMs: this.#latency(atMs) });
    } else if (kind !== "progress") {
      this.#overTurn = turn;
      this.store.dispatch({ type: "voice-stopped", turn });
    }
  };

  readonly #onControl = (message: ToBrowser): void => {
    if (message.type === "flush") this.audio.flush(message.turn);
    if (message.type === "state") this.#settle(message.phase);
    if (message.type === "turn_end") this.audio.endTurn(message.turn, message.voice_ms);
    this.store.dispatch({ type: "message", message });
    if (message.type === "upstream" && message.status === "refused") {
      this.onFailure(failure("upstream-refused", message.detail));
    }
  };

  /** What the gateway sent while nobody listened is lost, perhaps the end of the voice: it ends with what is here. */
  #settle(phase: Phase): void {
    // While it says "speaking" it has not seen the refusal yet.
    if (phase !== "speaking") this.#refusedTurn = null;
    const wasAway = this.#cameBack;
    this.#cameBack = false;
    if (wasAway && phase === "listening" && this.#newestTurn !== null) this.audio.endTurn(this.#newestTurn, Infinity);
  }

  readonly #onMicrophoneLost = (): void => {
    const failure = { message: "The microphone is gone.", hint: "Plug it in and start again, or go on by typing." };
    this.store.dispatch({ type: "remark", failure });
  };

  /** From the person's last sound (or their typed line) to the answer's first one, or null where it answers neither. */
  #latency(heardAtMs: number): number | null {
    const askedAtMs = Math.max(this.#meter.lastSpeechMs ?? 0, this.#typedAtMs ?? 0);
    const fresh = askedAtMs > this.#answeredAtMs;
    this.#answeredAtMs = heardAtMs;
    const latencyMs = Math.round(heardAtMs - askedAtMs);
    return fresh && latencyMs >= 0 && latencyMs < LATENCY_LIMIT_MS ? latencyMs : null;
  }
}
