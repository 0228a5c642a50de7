/** Public session events, derived from the difference between two states. Pure. */
import { linesOf, phaseOf, type SessionState } from "../state/sessionState";
import type { Line } from "../state/transcript";
import type { Ending, Warning } from "../state/limitWarnings";
import type { Connection, Failure } from "../types";

/** The phase of a conversation, as shown to the user. */
export type SessionPhase = ReturnType<typeof phaseOf>;

/** The session's events: names and payloads. */
export interface SessionEvents {
  /** Anything changed. The other events say what. */
  readonly state: SessionState;
  readonly phase: { readonly phase: SessionPhase; readonly before: SessionPhase };
  /** A transcript line was added, grew, or was cut short. `index`: its position, 0 is the oldest. */
  readonly line: { readonly line: Line; readonly index: number };
  /** A new conversation began with an empty transcript. */
  readonly cleared: null;
  /** The carrier of the audio, once there is one, and whenever it changes. */
  readonly connected: Connection;
  /** `latencyMs`: from the end of the user's speech to the first sound of the answer, both measured on this machine. */
  readonly answered: { readonly turn: number; readonly latencyMs: number | null };
  readonly muted: boolean;
  /** A limit is near; null: no longer. */
  readonly warning: Warning | null;
  /** The browser holds the audio back until the page is touched, or releases it again. */
  readonly heldback: boolean;
  /** The conversation could not start, or cannot continue. `ended` does not follow. */
  readonly failed: Failure;
  /** null: the user or the page ended it. */
  readonly ended: Ending | null;
}

export type SessionEventName = keyof SessionEvents;

export const SESSION_EVENTS: readonly SessionEventName[] = Object.keys({
  state: 0, phase: 0, line: 0, cleared: 0, connected: 0, answered: 0, muted: 0, warning: 0, heldback: 0, failed: 0, ended: 0,
} satisfies Record<SessionEventName, 0>) as SessionEventName[];

export type SessionEventList = { readonly [Name in SessionEventName]: { readonly name: Name; readonly detail: SessionEvents[Name] } }[SessionEventName];

/** The events between two states, oldest first; `state` is always the first. */
export function eventsBetween(before: SessionState, now: SessionState): readonly SessionEventList[] {
  const news: SessionEventList[] = [{ name: "state", detail: now }];
  const [was, phase] = [phaseOf(before), phaseOf(now)];
  if (was !== phase) news.push({ name: "phase", detail: { phase, before: was } });
  news.push(...ofConnection(before, now), ...ofLines(linesOf(before), linesOf(now)), ...ofCall(before, now));
  if (now.status === "failed" && before.status !== "failed") news.push({ name: "failed", detail: now.failure });
  if (now.status === "ended" && before.status !== "ended") news.push({ name: "ended", detail: now.reason });
  return news;
}

function ofConnection(before: SessionState, now: SessionState): SessionEventList[] {
  const [was, is] = [before, now].map((state) => ("connection" in state ? state.connection : null));
  return is && is !== was ? [{ name: "connected", detail: is }] : [];
}

function ofLines(before: readonly Line[], now: readonly Line[]): SessionEventList[] {
  if (before === now) return [];
  const cleared: SessionEventList[] = now.length < before.length ? [{ name: "cleared", detail: null }] : [];
  const changed = now.flatMap((line, index): SessionEventList[] => (line === before[index] ? [] : [{ name: "line", detail: { line, index } }]));
  return [...cleared, ...changed];
}

function ofCall(before: SessionState, now: SessionState): SessionEventList[] {
  if (now.status !== "live") return [];
  const was = before.status === "live" ? before : { muted: false, warning: null, heldBack: false, voice: null };
  const news: SessionEventList[] = [];
  if (now.muted !== was.muted) news.push({ name: "muted", detail: now.muted });
  if (now.warning !== was.warning) news.push({ name: "warning", detail: now.warning });
  if (now.heldBack !== was.heldBack) news.push({ name: "heldback", detail: now.heldBack });
  if (now.voice !== null && now.voice !== was.voice) {
    news.push({ name: "answered", detail: { turn: now.voice, latencyMs: now.latencyMs } });
  }
  return news;
}
