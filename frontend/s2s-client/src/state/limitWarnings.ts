/** Warnings before the gateway ends a session by a limit, and the text of such an end. Pure. */
import type { Notice, ToBrowser } from "../types";

/** A limit that is near, or an end that is coming. Shown beside the call, with a countdown, and not in the transcript. */
export interface Warning {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  /** By the machine's clock; null where it does not end by time. */
  readonly endsAtMs: number | null;
}

/** Why the gateway ended a conversation. */
export type Ending = Pick<Notice, "code" | "message" | "hint">;

const IDLE = "idle_limit_near";

/** What people read beside the countdown: the gateway's sentence names a time that is over when it is read again. */
const WORDS: Readonly<Record<string, string>> = {
  time_limit_near: "This conversation reaches its time limit.",
  idle_limit_near: "Nobody has spoken for a while. Say something to go on.",
};

export function isWarning({ code, ends_in_ms }: Notice): boolean {
  return (ends_in_ms !== undefined && ends_in_ms > 0) || code.endsWith("_limit_near");
}

/** The last words of a session, other than those of a gateway that will be back. */
export function isEnding({ code, ends_in_ms }: Notice): boolean {
  return ends_in_ms === 0 && code !== "gateway_stopping";
}

export function warningOf({ code, message, hint, ends_in_ms }: Notice, nowMs: number): Warning {
  const endsAtMs = ends_in_ms === undefined ? null : nowMs + ends_in_ms;
  return { code, message: WORDS[code] ?? message, hint, endsAtMs };
}

/** The gateway does not say that it takes the idle warning back: any word from either side does (s2s/limits/session_limits.py). */
export function takesBack(warning: Warning, message: ToBrowser): boolean {
  if (message.type === "ready") return true;
  const alive = message.type === "user_transcript" || message.type === "model_transcript" || message.type === "tool_call";
  return alive && warning.code === IDLE;
}

/** Whether a sign of life helps. */
export function isIdle(warning: Warning): boolean {
  return warning.code === IDLE;
}

export type Renewal = "restarted" | "ended";

const GOES_ON: Readonly<Record<Renewal, string>> = {
  restarted: "The service was restarted; the conversation goes on.",
  ended: "The connection was away for too long; the conversation goes on in a new session.",
};

/** The quiet line when a new session has taken the place of one that was gone. */
export function goesOn(why: Renewal): Notice {
  return { type: "notice", level: "info", code: "conversation_goes_on", message: GOES_ON[why], hint: "" };
}
