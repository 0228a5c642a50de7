/** Builds the history for a new session from the transcript: user turns, and the part of each answer that was heard. Pure. */
import type { HistoryTurn } from "../services/gatewayApi";
import { type Line, textOf } from "./transcript";
import { characterEdge } from "../shared/unicodeText";

/** The gateway's limits: wire/README.md, "A conversation that goes on". */
const MAX_TURNS = 200;
const MAX_CHARS = 4_000;
const BUDGET_CHARS = 8_000;

/**
 * Builds the history, oldest first, starting with the user. Tool calls are left out, because the answer after them says what
 * they returned, and so are notices, which only concern the page and the user.
 */
export function historyForResume(lines: readonly Line[]): readonly HistoryTurn[] {
  const turns: HistoryTurn[] = [];
  let chars = 0;
  for (const line of lines.toReversed()) {
    const said = turnOf(line);
    if (!said) continue;
    chars += said.text.length;
    if (chars > BUDGET_CHARS || turns.length === MAX_TURNS) break;
    turns.unshift(said);
  }
  const first = turns.findIndex(({ role }) => role === "user");
  return first < 0 ? [] : turns.slice(first);
}

function turnOf(line: Line): HistoryTurn | null {
  if (line.kind !== "person" && line.kind !== "answer") return null;
  const whole = line.kind === "person" ? line.text : textOf(line).slice(0, line.heardChars ?? undefined);
  // Of a very long turn the end is kept, which is what the next words refer to.
  const said = whole.trim();
  let from = Math.max(0, said.length - MAX_CHARS);
  while (characterEdge(said, from) !== from) from++;
  const text = said.slice(from).trim();
  return text === "" ? null : { role: line.kind === "person" ? "user" : "model", text };
}
