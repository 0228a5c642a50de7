/** The page's state of the conversation: one union, one pure reducer, one store outside React. */
import type { Backend, Connection, Failure, Outage, Phase, ToBrowser } from "../types";
import { NO_LINES, type Line, reduceLines, type TranscriptEvent } from "./transcript";
import { type Ending, takesBack, type Warning } from "./limitWarnings";

/** The model or engine behind the answers, once the gateway has reported it. */
export interface Model {
  readonly backend: Backend;
  readonly name: string;
}

/** What the connection attempt is waiting for. */
export type Step = "session" | "network" | "greeting";

export type SessionState =
  | { readonly status: "idle" }
  /** The gateway may answer before the microphone is granted: its messages are queued in `early`. */
  | (Omit<Connecting, "status"> & { readonly status: "requesting-microphone"; readonly early: readonly ToBrowser[] })
  | Connecting
  | Live
  | (Over & { readonly status: "ended"; readonly model: Model | null; /** null: the person ended it. */ readonly reason: Ending | null })
  | (Over & { readonly status: "failed"; readonly failure: Failure; /** Time of the automatic retry. */ readonly retryAtMs: number | null });

interface Over {
  readonly lines: readonly Line[];
  /** Of the last conversation; null if there was none. */
  readonly sessionId: string | null;
}

interface Connecting {
  readonly status: "connecting";
  readonly step: Step;
  /** The call's carrier, once it has one. */
  readonly connection?: Connection;
  /** The transcript from before the page was reloaded. */
  readonly lines?: readonly Line[];
  readonly pushToTalk?: true;
  /** The call has no microphone: it is held in writing. */
  readonly typing?: true;
}

export interface Live {
  readonly status: "live";
  readonly sessionId: string;
  readonly connection: Connection | null;
  /** The connection to the gateway was lost; reconnecting. Null: it is there. */
  readonly outage: Outage | null;
  /** The phase as the gateway reports it. What plays on this machine is `voice`. */
  readonly phase: Phase;
  /** While thinking: the answer takes longer than usual. */
  readonly overdue: boolean;
  /** The turn that is playing now, or null. */
  readonly voice: number | null;
  readonly lines: readonly Line[];
  readonly model: Model;
  /** Images may be sent to the model. */
  readonly images: boolean;
  /** What is shared with the model, one frame a second; null: nothing. */
  readonly watched: "camera" | "screen" | null;
  /** What upstream is waiting for, as text, or empty. */
  readonly detail: string;
  /** The call has a microphone; without one it is held in writing. */
  readonly microphone: boolean;
  readonly muted: boolean;
  /** The user speaks while muted. */
  readonly speaksMuted: boolean;
  /** Last turn: from the end of the user's speech to the first sound of the answer, both measured on this machine. */
  readonly latencyMs: number | null;
  /** Push-to-talk mode: the user marks their speech by a key or button. */
  readonly pushToTalk: boolean;
  /** The talk key is down. */
  readonly talking: boolean;
  /** The microphone repeatedly picks up the loudspeaker: speaker mode would help. */
  readonly echoing: boolean;
  /** The browser holds the audio back until the page is touched. */
  readonly heldBack: boolean;
  /** A limit is near. */
  readonly warning: Warning | null;
}

export type Form = Phase | "idle" | "asking" | "failed" | "muted" | "typing";

export type SessionEvent =
  | TranscriptEvent
  | { readonly type: "start"; readonly lines?: readonly Line[]; readonly pushToTalk?: boolean; /** Without a microphone. */ readonly typing?: boolean }
  | { readonly type: "microphone-open" }
  | { readonly type: "step"; readonly step: Step }
  | { readonly type: "voice-started"; readonly turn: number; readonly latencyMs: number | null }
  | { readonly type: "voice-stopped"; readonly turn: number }
  | { readonly type: "connected"; readonly connection: Connection }
  | { readonly type: "away"; readonly outage: Outage }
  | { readonly type: "muted"; readonly muted: boolean }
  | { readonly type: "speaks-muted"; readonly speaks: boolean }
  | { readonly type: "talking"; readonly talking: boolean }
  | { readonly type: "echoing"; readonly echoing: boolean }
  | { readonly type: "held-back"; readonly held: boolean }
  | { readonly type: "watched"; readonly source: "camera" | "screen" | null }
  | { readonly type: "warned"; readonly warning: Warning | null }
  | { readonly type: "failed"; readonly failure: Failure; readonly retryAtMs?: number | null }
  | { readonly type: "retry-cancelled" }
  | { readonly type: "forget" }
  | { readonly type: "end"; readonly reason?: Ending };

/** The next state. An event that does not fit the state changes nothing: late messages are legal on an open link. */
export function reduce(state: SessionState, event: SessionEvent): SessionState {
  switch (event.type) {
    case "start":
      return isOver(state) ? begin(event) : state;
    case "microphone-open":
      if (state.status === "requesting-microphone") return catchUp(state);
      return state.status === "live" ? { ...state, microphone: true } : state;
    case "step":
      return "step" in state ? { ...state, step: event.step } : state;
    case "connected":
      if (state.status === "live") return { ...state, connection: event.connection, outage: null };
      return "step" in state ? { ...state, connection: event.connection } : state;
    case "failed":
      if (isOver(state)) return state;
      return { status: "failed", failure: event.failure, retryAtMs: event.retryAtMs ?? null, ...whatWas(state) };
    case "retry-cancelled":
      return state.status === "failed" && state.retryAtMs !== null ? { ...state, retryAtMs: null } : state;
    case "end":
      if (isOver(state)) return state;
      return { status: "ended", reason: event.reason ?? null, model: state.status === "live" ? state.model : null, ...whatWas(state) };
    case "forget":
      return isOver(state) ? { status: "idle" } : state;
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

function begin({ lines, pushToTalk, typing }: Extract<SessionEvent, { type: "start" }>): SessionState {
  const kept = lines ? { lines } : {};
  const manual = pushToTalk ? ({ pushToTalk } as const) : {};
  if (typing) return { status: "connecting", step: "session", typing, ...kept, ...manual };
  return { status: "requesting-microphone", step: "session", early: [], ...kept, ...manual };
}

function live(ready: Extract<ToBrowser, { type: "ready" }>, before: Connecting): Live {
  return {
    status: "live",
    sessionId: ready.session_id,
    connection: before.connection ?? null,
    outage: null,
    phase: "connecting",
    overdue: false,
    voice: null,
    lines: before.lines ?? NO_LINES,
    model: { backend: ready.backend, name: ready.model },
    images: ready.images,
    watched: null,
    detail: "",
    microphone: !before.typing,
    muted: false,
    speaksMuted: false,
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

type LiveEvent = Exclude<SessionEvent, { type: "start" | "microphone-open" | "step" | "connected" | "failed" | "retry-cancelled" | "forget" | "end" | "message" }>;

function reduceLive(state: Live, event: LiveEvent): Live {
  switch (event.type) {
    case "voice-started":
      return { ...state, voice: event.turn, latencyMs: event.latencyMs ?? state.latencyMs };
    case "voice-stopped":
      return state.voice === event.turn ? { ...state, voice: null } : state;
    case "interrupted":
      return { ...state, voice: null, phase: "interrupted" };
    case "away":
      return { ...state, outage: event.outage };
    case "muted":
      return { ...state, muted: event.muted, speaksMuted: false };
    case "speaks-muted":
      return { ...state, speaksMuted: state.muted && event.speaks };
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

/** Whether no call is active, so that a new one may start. */
export function isOver(state: SessionState): boolean {
  return state.status === "idle" || state.status === "ended" || state.status === "failed";
}

export function linesOf(state: SessionState): readonly Line[] {
  return "lines" in state ? (state.lines ?? NO_LINES) : NO_LINES;
}

/** The session id of the running conversation, or of the last one; null if there is none. */
export function sessionOf(state: SessionState): string | null {
  return "sessionId" in state ? state.sessionId : null;
}

/** The phase to show: call status first, then local playback, then the gateway's phase. */
export function phaseOf(state: SessionState): Phase | "idle" | "failed" {
  switch (state.status) {
    case "idle":
    case "failed":
    case "ended":
      return state.status;
    case "live":
      if (state.outage) return "reconnecting";
      if (state.voice !== null) return "speaking";
      return state.phase;
    default:
      return "connecting";
  }
}

/** Whether there is an answer to stop: it plays, or is being generated. Without a connection only what plays can be stopped. */
export function canInterrupt(state: Live): boolean {
  if (state.outage) return state.voice !== null;
  return state.voice !== null || state.phase === "thinking" || state.phase === "tool" || state.phase === "speaking";
}

/** The visualizer's form: the phase, with forms of their own for the microphone prompt, the muted microphone and a call without one. */
export function formOf(state: SessionState): Form {
  if (state.status === "requesting-microphone") return "asking";
  const phase = phaseOf(state);
  // A microphone that is missing is no broken service: one can type.
  if (state.status === "failed" && state.failure.code.startsWith("microphone-")) return "muted";
  if (phase !== "listening" || state.status !== "live") return phase;
  if (!state.microphone) return "typing";
  return state.muted ? "muted" : phase;
}

/** Whether a call without a microphone is going on or being made. */
export function isTyping(state: SessionState): boolean {
  return state.status === "live" ? !state.microphone : "typing" in state;
}

/** Called for every event with the state after it, even if nothing changed. */
type StoreObserver = (event: SessionEvent, state: SessionState) => void;

export class SessionStore {
  #state: SessionState = { status: "idle" };
  /** Records the call. */
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
