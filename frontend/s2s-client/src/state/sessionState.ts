/** What the page knows of the conversation: one union, one pure reducer, one store outside React. */
import type { Backend, Connection, Failure, Phase, ToBrowser } from "../types";
import { NO_LINES, type Line, reduceLines, type TranscriptEvent } from "./transcript";
import { type Ending, takesBack, type Warning } from "./limitWarnings";

/** Where the voice comes from, once the gateway has said it. */
export interface Model {
  readonly backend: Backend;
  readonly name: string;
}

/** What the connection waits for. */
export type Step = "session" | "network" | "greeting";

export type SessionState =
  | { readonly status: "idle" }
  /** The gateway may answer before the microphone is granted: its messages wait in `early`. */
  | (Omit<Connecting, "status"> & { readonly status: "requesting-microphone"; readonly early: readonly ToBrowser[] })
  | Connecting
  | Live
  | (Over & { readonly status: "ended"; readonly model: Model | null; /** null: the person ended it. */ readonly reason: Ending | null })
  | (Over & { readonly status: "failed"; readonly failure: Failure; /** Time of the automatic retry. */ readonly retryAtMs: number | null });

interface Over {
  readonly lines: readonly Line[];
  /** Of the conversation that was; null where there was none. */
  readonly sessionId: string | null;
}

interface Connecting {
  readonly status: "connecting";
  readonly step: Step;
  /** What carries the call, once something does. */
  readonly connection?: Connection;
  /** What was said before the page was reloaded. */
  readonly lines?: readonly Line[];
  readonly pushToTalk?: true;
}

export interface Live {
  readonly status: "live";
  readonly sessionId: string;
  readonly connection: Connection | null;
  /** The connection to the gateway was lost and is being made again. */
  readonly away: boolean;
  /** As the gateway says it. What sounds at this ear is `voice`. */
  readonly phase: Phase;
  /** While thinking: the answer has been waited for longer than usual. */
  readonly overdue: boolean;
  /** The turn that is sounding now, or null. */
  readonly voice: number | null;
  readonly lines: readonly Line[];
  readonly model: Model;
  /** The AI may be shown pictures. */
  readonly images: boolean;
  /** What the AI is shown, a frame each second; null: nothing. */
  readonly watched: "camera" | "screen" | null;
  /** What upstream is waiting for, as text, or empty. */
  readonly detail: string;
  readonly muted: boolean;
  /** Last turn: end of the person's speech to the first sound of the answer, both at this machine. */
  readonly latencyMs: number | null;
  /** The person marks their speech by a key or button. */
  readonly pushToTalk: boolean;
  /** That key is down. */
  readonly talking: boolean;
  /** The loudspeaker is heard by the microphone again and again: speaker mode would help. */
  readonly echoing: boolean;
  /** The browser holds the sound back until the page is touched. */
  readonly heldBack: boolean;
  /** A limit is near. */
  readonly warning: Warning | null;
}

export type Form = Phase | "idle" | "asking" | "failed" | "muted";

export type SessionEvent =
  | TranscriptEvent
  | { readonly type: "start"; readonly lines?: readonly Line[]; readonly pushToTalk?: boolean }
  | { readonly type: "microphone-open" }
  | { readonly type: "step"; readonly step: Step }
  | { readonly type: "voice-started"; readonly turn: number; readonly latencyMs: number | null }
  | { readonly type: "voice-stopped"; readonly turn: number }
  | { readonly type: "connected"; readonly connection: Connection }
  | { readonly type: "away" }
  | { readonly type: "muted"; readonly muted: boolean }
  | { readonly type: "talking"; readonly talking: boolean }
  | { readonly type: "echoing"; readonly echoing: boolean }
  | { readonly type: "held-back"; readonly held: boolean }
  | { readonly type: "watched"; readonly source: "camera" | "screen" | null }
  | { readonly type: "warned"; readonly warning: Warning | null }
  | { readonly type: "failed"; readonly failure: Failure; readonly retryAtMs?: number | null }
  | { readonly type: "retry-cancelled" }
  | { readonly type: "end"; readonly reason?: Ending };

/** An event that does not fit the state changes nothing: on a live link late words are legal. */
export function reduce(state: SessionState, event: SessionEvent): SessionState {
  switch (event.type) {
    case "start":
      return isOver(state) ? begin(event) : state;
    case "microphone-open":
      return state.status === "requesting-microphone" ? catchUp(state) : state;
    case "step":
      return "step" in state ? { ...state, step: event.step } : state;
    case "connected":
      if (state.status === "live") return { ...state, connection: event.connection, away: false };
      return "step" in state ? { ...state, connection: event.connection } : state;
    case "failed":
      if (isOver(state)) return state;
      return { status: "failed", failure: event.failure, retryAtMs: event.retryAtMs ?? null, ...whatWas(state) };
    case "retry-cancelled":
      return state.status === "failed" && state.retryAtMs !== null ? { ...state, retryAtMs: null } : state;
    case "end":
      if (isOver(state)) return state;
      return { status: "ended", reason: event.reason ?? null, model: state.status === "live" ? state.model : null, ...whatWas(state) };
    case "message":
      if (state.status === "requesting-microphone") return { ...state, early: [...state.early, event.message] };
      if (event.message.type === "ready" && state.status === "connecting") return live(event.message, state);
      return state.status === "live" ? withLines(reduceMessage(state, event.message), event) : state;
    default:
      return state.status === "live" ? withLines(reduceLive(state, event), event) : state;
  }
}

function whatWas(state: SessionState): Over {
  return { lines: linesOf(state), sessionId: sessionOf(state) };
}

function catchUp({ early, ...state }: Extract<SessionState, { status: "requesting-microphone" }>): SessionState {
  const connecting: SessionState = { ...state, status: "connecting" };
  return early.reduce<SessionState>((state, message) => reduce(state, { type: "message", message }), connecting);
}

function begin({ lines, pushToTalk }: Extract<SessionEvent, { type: "start" }>): SessionState {
  const kept = lines ? { lines } : {};
  const manual = pushToTalk ? ({ pushToTalk } as const) : {};
  return { status: "requesting-microphone", step: "session", early: [], ...kept, ...manual };
}

function live(ready: Extract<ToBrowser, { type: "ready" }>, before: Connecting): Live {
  return {
    status: "live",
    sessionId: ready.session_id,
    connection: before.connection ?? null,
    away: false,
    phase: "connecting",
    overdue: false,
    voice: null,
    lines: before.lines ?? NO_LINES,
    model: { backend: ready.backend, name: ready.model },
    images: ready.images,
    watched: null,
    detail: "",
    muted: false,
    latencyMs: null,
    pushToTalk: before.pushToTalk ?? false,
    talking: false,
    echoing: false,
    heldBack: false,
    warning: null,
  };
}

function reduceMessage(before: Live, message: ToBrowser): Live {
  const state = before.warning && takesBack(before.warning, message) ? { ...before, warning: null } : before;
  switch (message.type) {
    case "ready":
      return {
        ...state,
        sessionId: message.session_id,
        model: { backend: message.backend, name: message.model },
        images: message.images,
      };
    case "state":
      return { ...state, phase: message.phase, overdue: message.overdue ?? false };
    case "upstream":
      return { ...state, detail: message.detail, model: { backend: message.backend, name: message.model } };
    default:
      return state;
  }
}

type LiveEvent = Exclude<SessionEvent, { type: "start" | "microphone-open" | "step" | "connected" | "failed" | "retry-cancelled" | "end" | "message" }>;

function reduceLive(state: Live, event: LiveEvent): Live {
  switch (event.type) {
    case "voice-started":
      return { ...state, voice: event.turn, latencyMs: event.latencyMs ?? state.latencyMs };
    case "voice-stopped":
      return state.voice === event.turn ? { ...state, voice: null } : state;
    case "interrupted":
      return { ...state, voice: null, phase: "interrupted" };
    case "away":
      return { ...state, away: true };
    case "muted":
      return { ...state, muted: event.muted };
    case "talking":
      return { ...state, talking: event.talking };
    case "echoing":
      return { ...state, echoing: event.echoing };
    case "held-back":
      return { ...state, heldBack: event.held };
    case "warned":
      return { ...state, warning: event.warning };
    case "watched":
      return event.source === state.watched ? state : { ...state, watched: event.source };
    case "cut-off":
      return { ...state, voice: null };
    default:
      return state;
  }
}

function withLines(state: Live, event: SessionEvent): Live {
  switch (event.type) {
    case "message":
    case "interrupted":
    case "cut-off":
    case "pictured":
    case "remark": {
      const lines = reduceLines(state.lines, event);
      return lines === state.lines ? state : { ...state, lines };
    }
    default:
      return state;
  }
}

/** The call is over, or has not begun: a new one may start. */
export function isOver(state: SessionState): boolean {
  return state.status === "idle" || state.status === "ended" || state.status === "failed";
}

export function linesOf(state: SessionState): readonly Line[] {
  return "lines" in state ? (state.lines ?? NO_LINES) : NO_LINES;
}

/** The conversation that runs, or the last one; null where there is none. */
export function sessionOf(state: SessionState): string | null {
  return "sessionId" in state ? state.sessionId : null;
}

/** What the screen shows: whether anybody is there, then the ear's truth, then the gateway's word. */
export function phaseOf(state: SessionState): Phase | "idle" | "failed" {
  switch (state.status) {
    case "idle":
    case "failed":
    case "ended":
      return state.status;
    case "live":
      if (state.away) return "reconnecting";
      if (state.voice !== null) return "speaking";
      return state.phase;
    default:
      return "connecting";
  }
}

/** There is an answer to stop: it sounds, or is being made. */
export function canInterrupt(state: Live): boolean {
  return state.voice !== null || state.phase === "thinking" || state.phase === "tool" || state.phase === "speaking";
}

/** What the visualiser shows: the phase; the question for the microphone and the closed ear are forms of their own. */
export function formOf(state: SessionState): Form {
  if (state.status === "requesting-microphone") return "asking";
  const phase = phaseOf(state);
  return phase === "listening" && state.status === "live" && state.muted ? "muted" : phase;
}

/** Told every event with the state after it, also where it changed nothing. */
type StoreObserver = (event: SessionEvent, state: SessionState) => void;

export class SessionStore {
  #state: SessionState = { status: "idle" };
  /** Writes the call down. */
  observer: StoreObserver | null = null;
  readonly #listeners = new Set<() => void>();

  readonly getSnapshot = (): SessionState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  dispatch(event: SessionEvent): void {
    const next = reduce(this.#state, event);
    const changed = next !== this.#state;
    this.#state = next;
    this.observer?.(event, next);
    if (!changed) return;
    this.#listeners.forEach((listener) => {
      listener();
    });
  }
}
