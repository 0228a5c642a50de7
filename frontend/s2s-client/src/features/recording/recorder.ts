/** Records a call while it lasts: every event with its time, and both audio tracks if wished. Uses no clock and no browser API. */
import type { SessionEvent, SessionState } from "../../state/sessionState";
import { linesOf } from "../../state/sessionState";
import type { PlayedReport, ToBrowser } from "../../types";
import { INPUT_RATE, OUTPUT_RATE } from "../../types/wire.gen";
import { FORMAT, FORMAT_VERSION, type CallRecord, type Item, type LatencyItem, type NoticeItem, type RecordedCall } from "./callRecord";
import { lineItems, type LineTimes, type Stretch } from "./transcriptItems";
import { ChunkPlacer } from "./chunkPlacement";
import { AudioTrack, type CallAudio } from "./audioTrack";
import { SpeechSpans } from "./speechSpans";
import { TurnClock } from "./turnClock";

/** 30 minutes: at most 144 MB, half of it in an ordinary conversation. */
export const SOUND_LIMIT_MS = 30 * 60_000;
/** Limit for each kind; a call of a whole day stays far below. */
const MAX_EVENTS = 10_000;
const FRAME_MS = 20;

export interface RecorderOptions {
  readonly id: string;
  /** By the local clock, as all times passed in. */
  readonly startedAtMs: number;
  readonly soundLimitMs?: number;
  /** Whether the audio is recorded, too. */
  readonly sound: boolean;
}

/** A 20 ms chunk of played audio, as the playback worklet reports it. */
export interface SoundedChunk {
  readonly pcm: Int16Array;
  /** The device's number of the first sample. */
  readonly frame: number;
  /** When the last sample plays. */
  readonly atMs: number;
}

export class CallRecorder {
  readonly #startedAtMs: number;
  readonly #limitMs: number;
  #sound: CallAudio | null;
  readonly #personPlacer = new ChunkPlacer(INPUT_RATE);
  readonly #aiPlacer = new ChunkPlacer(OUTPUT_RATE);
  readonly #spans = new SpeechSpans();
  readonly #people = new Map<number, Stretch>();
  readonly #tools = new Map<string, { atMs: number; endMs: number | null }>();
  readonly #clocks = new Map<number, TurnClock>();
  readonly #written = new Map<number, number>();
  readonly #latencies = new Map<number, LatencyItem>();
  readonly #notices: number[] = [];
  #events: Item[] = [];
  /** Interrupted turns; null is an answer that was interrupted before it played. */
  readonly #cut = new Set<number | null>();
  #state: SessionState = { status: "idle" };
  #model: CallRecord["model"] = null;
  #endMs: number | null = null;
  #over = false;

  constructor(private readonly options: RecorderOptions) {
    this.#startedAtMs = options.startedAtMs;
    this.#limitMs = options.soundLimitMs ?? SOUND_LIMIT_MS;
    const track = (rate: number) => new AudioTrack(rate, Math.floor((this.#limitMs * rate) / 1000));
    this.#sound = options.sound ? { person: track(INPUT_RATE), ai: track(OUTPUT_RATE) } : null;
  }

  /** Whether audio is recorded. */
  get keepsSound(): boolean {
    return this.#sound !== null;
  }

  /** Drops the audio recorded so far, and records none from now on. */
  dropSound(): void {
    this.#sound = null;
  }

  /** Records a microphone frame as sent, 16 kHz; `atMs` is when its last sample was captured. */
  recordMicrophone(pcm: Int16Array, rms: number, atMs: number): void {
    const startMs = this.#since(atMs) - FRAME_MS;
    this.#spans.processFrame(rms, this.#since(atMs));
    if (!this.#sound) return;
    const at = this.#personPlacer.place({ samples: pcm.length, startMs });
    if (at !== null) this.#sound.person.write(at, pcm);
  }

  /** Records played audio, 24 kHz. */
  recordPlayedAudio({ pcm, frame, atMs }: SoundedChunk): void {
    if (!this.#sound) return;
    const startMs = this.#since(atMs) - (1000 * pcm.length) / OUTPUT_RATE;
    const at = this.#aiPlacer.place({ samples: pcm.length, startMs, frame });
    if (at !== null) this.#sound.ai.write(at, pcm);
  }

  onPlayed(report: PlayedReport, atMs: number): void {
    const clock = this.#clocks.get(report.turn) ?? new TurnClock();
    this.#clocks.set(report.turn, clock);
    clock.onPlayed(report, this.#since(atMs));
  }

  /** Records a session event, and the state after it. */
  onEvent(event: SessionEvent, state: SessionState, nowMs: number): void {
    if (this.#over) return;
    const atMs = this.#since(nowMs);
    this.#state = state;
    // Not every notice becomes a line. Lines from before a reload have no known time.
    const notices = linesOf(state).filter(({ kind }) => kind === "notice").length;
    while (this.#notices.length < notices) this.#notices.push(event.type === "start" ? 0 : atMs);
    if ("model" in state && state.model) this.#model = state.model;
    switch (event.type) {
      case "message":
        this.#onMessage(event.message, atMs);
        break;
      case "interrupted":
        this.#interruption({ by: "button", turn: event.turn, heardMs: event.heardMs, atMs });
        break;
      case "voice-started":
        if (event.latencyMs !== null) this.#latency(event.turn, { atMs, earMs: event.latencyMs });
        break;
      case "connected":
        this.#add({ kind: "connection", atMs, status: "connected", ...event.connection });
        break;
      case "away":
        this.#add({ kind: "connection", atMs, status: "lost", carrier: null, detour: null });
        break;
      case "muted":
        this.#add({ kind: "microphone", atMs, muted: event.muted });
        break;
      case "failed":
        this.#add({ kind: "notice", atMs, level: "error", text: event.failure.message, hint: event.failure.hint });
        this.#end(atMs);
        break;
      case "end":
        this.#end(atMs);
    }
  }

  /** The call so far. The audio is the recorder's own and grows while the call lasts. */
  snapshot(nowMs: number): RecordedCall {
    const durationMs = this.#endMs ?? this.#since(nowMs);
    const items = [...this.#events, ...[...this.#latencies.values()].map(this.#atFirstSound), ...lineItems(linesOf(this.#state), this.#times())];
    const record: CallRecord = {
      format: FORMAT,
      version: FORMAT_VERSION,
      id: this.options.id,
      startedAt: new Date(this.#startedAtMs).toISOString(),
      durationMs,
      model: this.#model,
      items: items.map(rounded).sort((one, other) => one.atMs - other.atMs),
      soundEndsMs: this.#sound && durationMs > this.#limitMs ? this.#limitMs : null,
    };
    return { record, sound: this.#sound };
  }

  /** Whether audio is no longer kept because the limit is reached. */
  isFull(nowMs: number): boolean {
    return this.#sound !== null && this.#since(nowMs) > this.#limitMs;
  }

  #onMessage(message: ToBrowser, atMs: number): void {
    switch (message.type) {
      case "user_transcript":
        this.#onUserTranscript(message.id, message.final, atMs);
        break;
      case "model_transcript":
        if (!this.#written.has(message.turn)) this.#written.set(message.turn, atMs);
        break;
      case "tool_call":
        this.#tools.set(message.id, { atMs, endMs: null });
        break;
      case "tool_result": {
        const tool = this.#tools.get(message.id);
        if (tool) tool.endMs = atMs;
        break;
      }
      case "upstream":
        this.#add({ kind: "upstream", atMs, status: message.status, detail: message.detail });
        break;
      case "latency":
        this.#latency(message.turn, { atMs, marks: message.marks });
        break;
      case "flush":
        this.#interruption({ by: "voice", turn: message.turn, heardMs: message.heard_ms, atMs });
    }
  }

  #onUserTranscript(id: number, final: boolean, atMs: number): void {
    const spoken = this.#spans.open ?? { atMs, endMs: atMs };
    const known = this.#people.get(id);
    this.#people.set(id, { atMs: known?.atMs ?? spoken.atMs, endMs: Math.max(known?.endMs ?? 0, spoken.endMs) });
    if (final) this.#spans.claim();
  }

  #interruption({ by, turn, heardMs, atMs }: { by: "voice" | "button"; turn: number | null; heardMs: number; atMs: number }): void {
    const clock = turn === null ? undefined : this.#clocks.get(turn);
    // The gateway's flush also follows the button, and may come when everything has been heard.
    const known = this.#cut.has(turn) || (by === "voice" && !clock?.sounded && this.#cut.has(null));
    if (known || clock?.complete) return;
    this.#cut.add(turn);
    this.#add({ kind: "interruption", atMs, by, turn, heardMs });
  }

  #latency(turn: number, news: Partial<LatencyItem> & { readonly atMs: number }): void {
    const known = this.#latencies.get(turn);
    if (!known && this.#latencies.size >= MAX_EVENTS) return;
    const atMs = known?.atMs ?? news.atMs;
    this.#latencies.set(turn, { kind: "latency", turn, earMs: null, marks: {}, ...known, ...news, atMs });
  }

  #times(): LineTimes {
    return {
      people: this.#people,
      tools: this.#tools,
      clocks: this.#clocks,
      written: this.#written,
      notices: this.#notices,
      over: this.#over,
    };
  }

  #end(atMs: number): void {
    this.#endMs = atMs;
    this.#over = true;
  }

  /** The playback report is closer to what the user hears than the time at which the page received it. */
  readonly #atFirstSound = (item: LatencyItem): LatencyItem => {
    const clock = this.#clocks.get(item.turn);
    return clock?.sounded ? { ...item, atMs: clock.timeOf(0) } : item;
  };

  #add(item: Item): void {
    if (this.#events.length < MAX_EVENTS) this.#events.push(item);
  }

  #since(ms: number): number {
    return Math.max(0, ms - this.#startedAtMs);
  }
}

/** The notice that explains the limit. */
export const soundLimitNotice = (limitMs = SOUND_LIMIT_MS): Omit<NoticeItem, "atMs" | "kind"> => ({
  level: "info",
  text: `The record keeps the sound of the first ${Math.round(limitMs / 60_000)} minutes.`,
  hint: "Words and events go on being kept, and the conversation goes on as before.",
});

function rounded(item: Item): Item {
  const atMs = Math.round(item.atMs);
  if (item.kind === "answer") {
    const pieces = item.pieces.map((piece) => ({ ...piece, atMs: Math.round(piece.atMs) }));
    return { ...item, atMs, endMs: Math.round(item.endMs), pieces };
  }
  if (item.kind === "person") return { ...item, atMs, endMs: Math.round(item.endMs) };
  if (item.kind === "tool") return { ...item, atMs, endMs: item.endMs === null ? null : Math.round(item.endMs) };
  return { ...item, atMs };
}
