import { describe, expect, it } from "vitest";
import { historyForResume } from "./historyForResume";
import type { Line } from "./transcript";

const person = (text: string, final = true): Line => ({ kind: "person", id: 1, text, final });
const answer = (text: string, heardChars: number | null = null): Line => ({
  kind: "answer",
  turn: 1,
  pieces: [{ text, atMs: 0 }],
  before: 0,
  heardChars,
});
const NOTICE: Line = { kind: "notice", level: "info", text: "The microphone changed.", hint: "" };
const TOOL: Line = { kind: "tool", id: "t", name: "get_weather", args: {}, result: null };

describe("what a new session is told", () => {
  it("is what was said and heard, in order: no cut words, no functions, no notices", () => {
    const lines = [person("My name is Ada."), TOOL, answer("Hello Ada, nice to meet you."), NOTICE, answer("I can sing.", 5), person("Stop.", false)];
    expect(historyForResume(lines)).toEqual([
      { role: "user", text: "My name is Ada." },
      { role: "model", text: "Hello Ada, nice to meet you." },
      { role: "model", text: "I can" },
      { role: "user", text: "Stop." },
    ]);
  });

  it("begins with the person, and is nothing where nobody has spoken", () => {
    expect(historyForResume([answer("Welcome."), person("Hello")])).toEqual([{ role: "user", text: "Hello" }]);
    expect(historyForResume([answer("Welcome.")])).toEqual([]);
    expect(historyForResume([person("  "), answer("x", 0)])).toEqual([]);
  });

  it("is within what the gateway takes: the newest 8,000 characters, 200 turns, 4,000 characters each", () => {
    const long = historyForResume([person("old"), person("x".repeat(3_999)), person("y".repeat(9_000))]);
    expect(long.map(({ text }) => text.length)).toEqual([3_999, 4_000]);
    const many = historyForResume(Array.from({ length: 500 }, (_, n) => person(`${n}`)));
    expect(many).toHaveLength(200);
    expect(many.at(-1)).toEqual({ role: "user", text: "499" });
  });
});
