/** The transcript's lines with their times. Pure. */
import { type AnswerLine, charsHeard, type Line, textOf } from "../../state/transcript";
import type { AnswerItem, Item } from "./callRecord";
import type { TurnClock } from "./turnClock";

export interface Stretch {
  readonly atMs: number;
  readonly endMs: number;
}

export interface LineTimes {
  readonly people: ReadonlyMap<number, Stretch>;
  readonly tools: ReadonlyMap<string, { readonly atMs: number; readonly endMs: number | null }>;
  readonly clocks: ReadonlyMap<number, TurnClock>;
  /** When the first words of a turn came. */
  readonly written: ReadonlyMap<number, number>;
  /** When the notices came, in their order. */
  readonly notices: readonly number[];
  /** Nothing more will be heard. */
  readonly over: boolean;
}

/** Lines from before a reload have no times: they stand at 0. */
export function lineItems(lines: readonly Line[], times: LineTimes): Item[] {
  let notices = 0;
  return lines.map((line, at): Item => {
    switch (line.kind) {
      case "person":
        return { kind: "person", text: line.text, ...(times.people.get(line.id) ?? { atMs: 0, endMs: 0 }) };
      case "answer":
        return answer(line, lines.slice(at + 1, at + 20), times);
      case "tool": {
        const { atMs, endMs } = times.tools.get(line.id) ?? { atMs: 0, endMs: 0 };
        const { ok, summary, tookMs } = line.result ?? { ok: null, summary: "", tookMs: null };
        return { kind: "tool", atMs, endMs, name: line.name, args: line.args, ok, result: summary, tookMs };
      }
      case "notice":
        return { kind: "notice", atMs: times.notices[notices++] ?? 0, level: line.level, text: line.text, hint: line.hint };
    }
  });
}

function answer(line: AnswerLine, after: readonly Line[], times: LineTimes): AnswerItem {
  const { turn } = line;
  const clock = times.clocks.get(turn);
  const writtenMs = times.written.get(turn);
  const place = (voiceMs: number): number => (clock?.sounded ? clock.timeOf(voiceMs) : (writtenMs ?? 0));
  const text = textOf(line);
  const next = after.find((other): other is AnswerLine => other.kind === "answer" && other.turn === turn);
  const startMs = line.pieces[0]?.atMs ?? 0;
  const playedMs = Math.min(clock?.playedMs ?? 0, next?.pieces[0]?.atMs ?? Infinity);
  return {
    kind: "answer",
    turn,
    atMs: place(startMs),
    endMs: place(Math.max(startMs, playedMs)),
    text,
    heardChars: line.heardChars ?? heard(line, text, times),
    pieces: line.pieces.map((piece) => ({ text: piece.text, atMs: place(piece.atMs) })),
  };
}

/** A call that ends in mid-answer cuts it, too. */
function heard(line: AnswerLine, text: string, times: LineTimes): number {
  const clock = times.clocks.get(line.turn);
  const isOfThisPage = times.written.has(line.turn);
  if (!times.over || !isOfThisPage || clock?.complete) return text.length;
  return charsHeard(line.pieces, clock?.playedMs ?? 0);
}
