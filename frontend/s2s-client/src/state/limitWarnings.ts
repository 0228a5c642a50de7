/** Warnings before the gateway ends a session by a limit, and the text of such an end. Pure. */
import type { Notice, ToBrowser } from "../types";

/** A limit that is near, or an announced end. Shown beside the call, with a countdown, and not in the transcript. */
export interface Warning {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  /** By the local clock; null if it does not end at a set time. */
  readonly endsAtMs: number | null;
}

/** Why the gateway ended a conversation. */
export type Ending = Pick<Notice, "code" | "message" | "hint">;

const IDLE = "idle_limit_near";

/** Texts beside the countdown. The gateway's own text names a time that is out of date when it is read again. */
const WORDS: Readonly<Record<string, string>> = {
  time_limit_near: "This conversation is about to reach its time limit.",
  idle_limit_near: "Still there? Say something to keep going.",
};

export function isWarning({ code, ends_in_ms }: Notice): boolean {
  return (ends_in_ms !== undefined && ends_in_ms > 0) || code.endsWith("_limit_near");
}

/** Whether the notice is the last of a session, other than that of a gateway that is restarting. */
export function isEnding({ code, ends_in_ms }: Notice): boolean {
  return ends_in_ms === 0 && code !== "gateway_stopping";
}

export function warningOf({ code, message, hint, ends_in_ms }: Notice, nowMs: number): Warning {
  const endsAtMs = ends_in_ms === undefined ? null : nowMs + ends_in_ms;
  return { code, message: WORDS[code] ?? message, hint, endsAtMs };
}

/**
 * Whether the message cancels the idle warning. The gateway does not say so: any speech or text from either side does
 * (s2s/limits/session_limits.py).
 */
export function takesBack(warning: Warning, message: ToBrowser): boolean {
  if (message.type === "ready") return true;
  const alive = message.type === "user_transcript" || message.type === "model_transcript" || message.type === "tool_call";
  return alive && warning.code === IDLE;
}

/** Whether user activity cancels the warning. */
export function isIdle(warning: Warning): boolean {
  return warning.code === IDLE;
}

export type Renewal = "restarted" | "ended";

const GOES_ON: Readonly<Record<Renewal, string>> = {
  restarted: "The server restarted. Your conversation continues.",
  ended: "You were disconnected for a while. Your conversation continues in a new session.",
};

/** The notice that this page has taken its call over from another one that was still open. */
export const TOOK_OVER: Notice = {
  type: "notice",
  level: "info",
  code: "call_continued_here",
  message: "This conversation was still open somewhere else. It continues here.",
  hint: "",
};

/** The notice that a new session has replaced a lost one. */
export function goesOn(why: Renewal): Notice {
  return { type: "notice", level: "info", code: "conversation_goes_on", message: GOES_ON[why], hint: "" };
}
