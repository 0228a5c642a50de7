import { describe, expect, it } from "vitest";
import type { ToBrowser } from "../types";
import { type AnswerLine, charsHeard, type Line, NO_LINES, reduceLines, textOf } from "./transcript";

function after(...messages: ToBrowser[]): readonly Line[] {
  return messages.reduce((lines, message) => reduceLines(lines, { type: "message", message }), NO_LINES);
}

const says = (turn: number, text: string, at_ms: number): ToBrowser => ({ type: "model_transcript", turn, text, at_ms });

function unheard(lines: readonly Line[]): string[] {
  return lines
    .filter((line): line is AnswerLine => line.kind === "answer")
    .map((line) => textOf(line).slice(line.heardChars ?? Infinity));
}

describe("the transcript", () => {
  it("replaces what the person is saying until it is final", () => {
    const lines = after(
      { type: "user_transcript", id: 1, text: "What", final: false },
      { type: "user_transcript", id: 1, text: "What time is it?", final: true },
      { type: "user_transcript", id: 2, text: "Thanks", final: true },
    );
    expect(lines).toEqual([
      { kind: "person", id: 1, text: "What time is it?", final: true },
      { kind: "person", id: 2, text: "Thanks", final: true },
    ]);
  });

  it("lets the answer of a turn grow", () => {
    const lines = after(says(1, "It is", 0), says(1, " sunny.", 300), says(2, "Yes.", 0));
    expect(lines.map((line) => line.kind === "answer" && textOf(line))).toEqual(["It is sunny.", "Yes."]);
  });

  it("puts a tool's card where it was called and fills it when the tool answers", () => {
    const lines = after(
      says(1, "Let me look.", 0),
      { type: "tool_call", id: "a", name: "get_weather", args: { city: "Paris" } },
      { type: "tool_result", id: "a", ok: true, summary: "12 degrees", took_ms: 340 },
      says(1, " It is 12 degrees.", 900),
    );
    expect(lines.map((line) => line.kind)).toEqual(["answer", "tool", "answer"]);
    expect(lines[1]).toMatchObject({ name: "get_weather", result: { ok: true, summary: "12 degrees", tookMs: 340 } });
  });

  it("marks the words after a flush as not heard, to a whole word, at once", () => {
    const lines = after(says(1, "One two three.", 0), says(1, " Four five six.", 1000), {
      type: "flush",
      turn: 1,
      heard_ms: 1500,
    });
    expect(unheard(lines)).toEqual(["five six."]);
  });

  it("corrects the mark when the gateway has counted", () => {
    const lines = after(
      says(1, "One two three.", 0),
      { type: "flush", turn: 1, heard_ms: 100 },
      { type: "heard", turn: 1, ms: 600, chars: 7 },
    );
    expect(unheard(lines)).toEqual([" three."]);
  });

  it("counts characters through the whole turn, also behind a tool's card", () => {
    const lines = after(
      says(1, "Let me look.", 0),
      { type: "tool_call", id: "a", name: "search", args: {} },
      says(1, " It is blue.", 900),
      { type: "heard", turn: 1, ms: 1200, chars: 18 },
    );
    expect(unheard(lines)).toEqual(["", " blue."]);
  });

  it("takes words that arrive after the cut for unheard", () => {
    const lines = after(says(1, "One.", 0), { type: "heard", turn: 1, ms: 500, chars: 4 }, says(1, " Two.", 500));
    expect(unheard(lines)).toEqual([" Two."]);
  });

  it("leaves other turns alone", () => {
    const lines = after(says(1, "One.", 0), says(2, "Two.", 0), { type: "heard", turn: 2, ms: 0, chars: 0 });
    expect(unheard(lines)).toEqual(["", "Two."]);
  });
});

describe("the words heard", () => {
  it("are none at 0 ms and all at the end", () => {
    const pieces = [
      { text: "Hello there. ", atMs: 0 },
      { text: "How are you?", atMs: 800 },
    ];
    expect(charsHeard(pieces, 0)).toBe(0);
    expect(charsHeard(pieces, 800)).toBe(13);
    expect(charsHeard(pieces, 10_000)).toBe(25);
  });
});
