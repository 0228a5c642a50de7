/** Latency per turn, and how quickly the model was silenced, all measured at this machine's loudspeaker. Pure. */
import type { Latency, PlayedReport } from "../../types";
import { GatewayClock } from "./gatewayClock";
import { type Part, waterfall } from "./waterfall";

export interface TurnLatency {
  readonly turn: number;
  /** From the end of the user's speech, or from their typed line, to the first sound. */
  readonly totalMs: number;
  readonly typed: boolean;
  readonly parts: readonly Part[];
  /** How long tools ran between question and answer; part of `model`. */
  readonly toolsMs: number;
  /** Error bound of the transit times up and down; null if the clocks were not compared: `model` then contains them. */
  readonly boundMs: number | null;
}

export interface Silencing {
  readonly turn: number;
  /** From the first syllable, or the button, to silence at the loudspeaker. */
  readonly ms: number;
  readonly by: "voice" | "button";
}

export interface Latencies {
  readonly turns: readonly TurnLatency[];
  readonly silencings: readonly Silencing[];
  readonly boundMs: number | null;
  readonly bestRoundTripMs: number | null;
}

export const NO_LATENCIES: Latencies = { turns: [], silencings: [], boundMs: null, bestRoundTripMs: null };

const MAX_TURNS = 500;
/** The speech meter needs six loud frames to detect speech. */
const ONSET_MS = 120;
/** Words further apart than this are separate utterances. */
const PAUSE_MS = 600;
/** How much slower than the meter the page's VAD may be. */
const EAR_MS = 400;
/** Audio that stops later than this has another reason. */
const SILENCING_LIMIT_MS = 6_000;

interface Pending {
  readonly turn: number;
  readonly askedAtMs: number;
  readonly soundedAtMs: number;
  readonly typed: boolean;
  readonly sentAtMs: number | null;
  readonly toolsMs: number;
}

export class LatencyStats {
  readonly clock = new GatewayClock();
  waits: Latencies = NO_LATENCIES;
  #speech: { readonly fromMs: number; readonly lastMs: number; readonly sentAtMs: number } | null = null;
  #typedAtMs = -Infinity;
  #arrivals = new Map<number, { readonly clockMs: number; readonly atMs: number }>();
  #pending = new Map<number, Pending>();
  #toolsMs = 0;
  #sounding: { readonly turn: number; readonly fromMs: number } | null = null;
  #pressedAtMs = -Infinity;
  #duckedAtMs = -Infinity;

  onPong(sentMs: number, heardMs: number, gatewayMs: number): void {
    this.clock.onPong(sentMs, heardMs, gatewayMs);
    const { boundMs, bestRoundTripMs } = this.clock;
    this.waits = { ...this.waits, boundMs, bestRoundTripMs };
  }

  /** Records a frame with the user's speech: captured until `atMs`, handed to the network at `sentAtMs`. */
  onSpeech(atMs: number, sentAtMs: number): void {
    const goesOn = this.#speech !== null && atMs - this.#speech.lastMs < PAUSE_MS;
    const fromMs = goesOn && this.#speech ? this.#speech.fromMs : atMs - ONSET_MS;
    this.#speech = { fromMs, lastMs: atMs, sentAtMs };
  }

  onTextSent(atMs: number): void {
    this.#typedAtMs = atMs;
  }

  onToolResult(ms: number): void {
    this.#toolsMs += ms;
  }

  /** Records an audio frame; `clockMs` is its gateway timestamp. Only the first of a turn counts. */
  onAudio(turn: number, clockMs: number, atMs: number): void {
    if (this.#arrivals.has(turn)) return;
    this.#arrivals.set(turn, { clockMs, atMs });
    forgetOldest(this.#arrivals);
  }

  /** Records a turn's first played sample; `latencyMs` is null if it answers nothing that was asked. */
  onFirstSound(turn: number, atMs: number, latencyMs: number | null): void {
    this.#sounding = { turn, fromMs: atMs };
    const toolsMs = this.#toolsMs;
    this.#toolsMs = 0;
    if (latencyMs === null) return;
    const typed = this.#typedAtMs > (this.#speech?.lastMs ?? -Infinity);
    const sentAtMs = typed ? this.#typedAtMs : (this.#speech?.sentAtMs ?? null);
    const pending = { turn, askedAtMs: atMs - latencyMs, soundedAtMs: atMs, typed, sentAtMs, toolsMs: Math.min(toolsMs, latencyMs) };
    this.#pending.set(turn, pending);
    forgetOldest(this.#pending);
    this.#write(pending, null);
  }

  /** Records how long the gateway held the turn's first frame. */
  onGatewayLatency({ turn, marks }: Latency): void {
    const pending = this.#pending.get(turn);
    const { first_voice: came, first_sent: sent } = marks;
    if (pending && came !== undefined && sent !== undefined) this.#write(pending, sent - came);
  }

  /** Records that Interrupt was pressed, or the talk key while model audio played. */
  onInterrupt(atMs: number): void {
    this.#pressedAtMs = atMs;
  }

  /** Records that the page's VAD detected speech over the model audio. */
  onDucked(atMs: number): void {
    this.#duckedAtMs = atMs;
  }

  onPlaybackEnded(kind: PlayedReport["kind"], turn: number, atMs: number): void {
    const sounding = this.#sounding;
    if (kind === "first" || kind === "progress") return;
    this.#sounding = null;
    if (kind !== "flush" || !sounding) return;
    const cause = this.#cause(sounding.fromMs);
    if (!cause || atMs - cause.atMs > SILENCING_LIMIT_MS || atMs < cause.atMs) return;
    const one: Silencing = { turn, ms: Math.round(atMs - cause.atMs), by: cause.by };
    this.waits = { ...this.waits, silencings: [...this.waits.silencings, one].slice(-MAX_TURNS) };
  }

  /** What silenced the audio that started at `sinceMs`. */
  #cause(sinceMs: number): { readonly atMs: number; readonly by: Silencing["by"] } | null {
    const speech = this.#speech;
    const onsetMs = speech && speech.lastMs > sinceMs ? speech.fromMs : -Infinity;
    if (this.#pressedAtMs >= sinceMs) return { atMs: this.#pressedAtMs, by: "button" };
    if (this.#duckedAtMs >= sinceMs) {
      // The meter may have taken our own echo for speech; the VAD is more reliable, but later.
      const near = onsetMs >= this.#duckedAtMs - EAR_MS && onsetMs <= this.#duckedAtMs;
      return { atMs: near ? onsetMs : this.#duckedAtMs, by: "voice" };
    }
    return onsetMs >= sinceMs ? { atMs: onsetMs, by: "voice" } : null;
  }

  #write(pending: Pending, heldMs: number | null): void {
    const { turn, askedAtMs, soundedAtMs, sentAtMs, typed, toolsMs } = pending;
    const arrival = this.#arrivals.get(turn);
    const answeredAtMs = arrival ? this.clock.toPage(arrival.clockMs) : null;
    const wait: TurnLatency = {
      turn,
      totalMs: soundedAtMs - askedAtMs,
      typed,
      parts: waterfall({
        askedAtMs,
        sentAtMs,
        upMs: this.clock.upMs(sentAtMs ?? askedAtMs),
        answeredAtMs,
        heldMs,
        arrivedAtMs: arrival?.atMs ?? null,
        soundedAtMs,
      }),
      toolsMs,
      boundMs: answeredAtMs === null ? null : this.clock.boundMs,
    };
    const turns = this.waits.turns.filter((one) => one.turn !== turn);
    this.waits = { ...this.waits, turns: [...turns, wait].slice(-MAX_TURNS) };
  }
}

/** Turns come in order; of more than a few the first are long over. */
function forgetOldest<Value>(turns: Map<number, Value>): void {
  const oldest = turns.keys().next();
  if (turns.size > 8 && !oldest.done) turns.delete(oldest.value);
}
