/** Which changes of the conversation have a sound and a vibration, for people who do not look. Pure. */
import { isOver, isTyping, phaseOf, type SessionState } from "./sessionState";
import type { Settings } from "./settings";

/** `listening`: the answer is over, and it is the person's turn. */
export type Cue = "connected" | "listening" | "interrupted" | "ended";

export function cueBetween(before: SessionState, now: SessionState): Cue | null {
  if (before.status !== "live") return now.status === "live" ? "connected" : null;
  if (isOver(now)) return "ended";
  if (now.status !== "live" || isTyping(now)) return null;
  const [was, is] = [phaseOf(before), phaseOf(now)];
  if (was === is) return null;
  if (is === "interrupted") return "interrupted";
  return is === "listening" && was === "speaking" ? "listening" : null;
}

/** What a cue does: a computer that lies on a table is not felt, and its screen is looked at. */
export interface CueWays {
  readonly sound: boolean;
  readonly touch: boolean;
}

/** Where the page is used by finger, every cue is felt and heard; elsewhere the beginning and the end are heard. */
export function waysOf(cue: Cue, wish: Settings["cues"], touch: boolean): CueWays {
  const sounds = wish === "all" || (wish === "automatic" && (touch || cue === "connected" || cue === "ended"));
  return { sound: sounds, touch: touch && wish !== "off" };
}
