/** Builds the history for a new session from the transcript: user turns, and the part of each answer that was heard. Pure. */
import type { HistoryTurn } from "../services/gatewayApi";
import { type Line, textOf } from "./transcript";
import { characterEdge } from "../shared/unicodeText";

/** What the gateway takes and uses: wire/README.md, "A conversation that goes on". */
const MAX_TURNS = 200;
const MAX_CHARS = 4_000;
const BUDGET_CHARS = 8_000;

/**
 * Oldest first, beginning with the person. Functions are left out: the answer that followed says what they found, and
 * notices are between the page and the person.
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
  // Of a very long turn the end is what the next words refer to.
  const said = whole.trim();
  let from = Math.max(0, said.length - MAX_CHARS);
  while (characterEdge(said, from) !== from) from++;
  const text = said.slice(from).trim();
  return text === "" ? null : { role: line.kind === "person" ? "user" : "model", text };
}
