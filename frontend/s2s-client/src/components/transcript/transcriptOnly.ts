/** Transcripts arrive several times a second during speech; only the transcript is rendered for them. Pure. */
import { linesOf, type SessionState } from "../../state/sessionState";
import { runningTool } from "../../state/toolLabels";
import { asideOf } from "../../state/transcript";

/** Whether two states differ in nothing but what was said. A tool that runs counts, the headline names it; and so does a notice beside the connection. */
export function isTranscriptOnly(before: SessionState, now: SessionState): boolean {
  if (before === now) return true;
  const was = new Map(Object.entries(before));
  const is = Object.entries(now);
  const same = is.length === was.size && is.every(([name, value]) => name === "lines" || was.get(name) === value);
  return same && runningTool(before) === runningTool(now) && asideOf(linesOf(before)) === asideOf(linesOf(now));
}
