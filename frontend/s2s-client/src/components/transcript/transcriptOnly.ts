/** Words come several times a second while somebody speaks; only the transcript is drawn anew for them. Pure. */
import type { SessionState } from "../../state/sessionState";
import { runningTool } from "../../state/toolLabels";

/** Whether two states differ in nothing but what was said. A function that runs counts: the headline names it. */
export function onlyWordsCame(before: SessionState, now: SessionState): boolean {
  if (before === now) return true;
  const was = new Map(Object.entries(before));
  const is = Object.entries(now);
  const same = is.length === was.size && is.every(([name, value]) => name === "lines" || was.get(name) === value);
  return same && runningTool(before) === runningTool(now);
}
