import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ToBrowser } from "../../src/types";
import { historyForResume } from "../../src/state/historyForResume";
import { type AnswerLine, charsHeard, NO_LINES, reduceLines, textOf } from "../../src/state/transcript";
import { behindCodePoints, characterEdge, clusters, codePointsIn, lettersIn, sameCase, saidUntil } from "../../src/shared/unicodeText";

interface Golden {
  readonly name: string;
  readonly text: string;
  readonly clusters: readonly string[];
  readonly letters: number;
  readonly units: readonly string[];
}

const golden = JSON.parse(readFileSync(resolve(import.meta.dirname, "../../../../wire/fixtures/text.json"), "utf8")) as Golden[];
/** Where an old browser sees other characters than a new one. */
const CONJUNCTS = new Set(["korean jamo", "hindi conjuncts", "bengali", "malayalam", "burmese", "khmer", "zwnj", "javanese"]);
const PIECES = fc.constantFrom(...Array.from("aé 漢かกำमिका한क्ष।🇫🇷👩🏾"), "\u200d", "\u0301", "👩‍🚀", " ", "\r\n");
const SOME_TEXT = fc.array(PIECES, { maxLength: 24 }).map((parts) => parts.join(""));
const FAMILY = "👨‍👩‍👧‍👦";

const edgesOf = (text: string): number[] =>
  clusters(text).reduce((edges, cluster) => [...edges, (edges.at(-1) ?? 0) + cluster.length], [0]);

describe("text in every script", () => {
  it.each(golden)("sees the same characters as the gateway in $name", ({ text, clusters: known, letters }) => {
    expect(clusters(text)).toEqual(known);
    expect(lettersIn(text)).toBe(letters);
  });

  it.each(golden)("sees them in $name without Intl.Segmenter too", ({ name, text, clusters: known }) => {
    const seen = clusters(text, null);
    if (!CONJUNCTS.has(name)) expect(seen).toEqual(known);
    expect(seen.join("")).toBe(text);
    expect(seen.every((cluster) => !/^[\p{Mn}\u200d]/u.test(cluster))).toBe(true);
  });

  it.each(golden)("cuts $name where the gateway may cut it", ({ text, units }) => {
    const edges = units.reduce((all, unit) => [...all, (all.at(-1) ?? 0) + unit.length], [0]);
    for (let share = 0; share <= 1; share += 0.01) expect(edges).toContain(saidUntil(text, share));
  });

  it("loses nothing of any text, with and without Intl.Segmenter", () => {
    fc.assert(
      fc.property(SOME_TEXT, (text) => {
        expect(clusters(text).join("")).toBe(text);
        expect(clusters(text, null).join("")).toBe(text);
      }),
    );
  });

  it("reads code points as the gateway counts them", () => {
    expect(behindCodePoints(`a${FAMILY}b`, 1 + 7)).toBe(1 + FAMILY.length);
    expect(codePointsIn(FAMILY)).toBe(7);
    expect(behindCodePoints("abc", 99)).toBe(3);
    expect(behindCodePoints("abc", -1)).toBe(0);
  });

  it("keeps the end of a long text without half a character", () => {
    const text = `${FAMILY.repeat(500)}${"x".repeat(20)}`;
    const [said] = historyForResume([{ kind: "person", id: 1, text, final: true }]);
    expect(text.endsWith(said?.text ?? "?")).toBe(true);
    expect(said?.text.length).toBeGreaterThan(3_900);
    expect(said?.text.length).toBeLessThanOrEqual(4_000);
    expect(said?.text.startsWith(FAMILY)).toBe(true);
  });
});

it("compares words whatever their case without moving them", () => {
  expect(sameCase("İSTANBUL, ΑΘΗΝΑ, Straße")).toBe("İstanbul, αθηνα, straße");
  fc.assert(fc.property(SOME_TEXT, (text) => { expect(sameCase(text)).toHaveLength(text.length); }));
});

const says = (turn: number, text: string, at_ms: number): ToBrowser => ({ type: "model_transcript", turn, text, at_ms });

function cut(...messages: ToBrowser[]): string[] {
  const lines = messages.reduce((known, message) => reduceLines(known, { type: "message", message }), NO_LINES);
  return lines.filter((line): line is AnswerLine => line.kind === "answer").map((line) => textOf(line).slice(0, line.heardChars ?? 0));
}

describe("what was heard, in every script", () => {
  it.each(golden)("strikes $name out where the gateway says, character by character", ({ text, clusters: known }) => {
    for (let count = 0; count <= known.length; count++) {
      const heard = known.slice(0, count).join("");
      expect(cut(says(1, text, 0), { type: "heard", turn: 1, ms: 1, chars: codePointsIn(heard) })).toEqual([heard]);
    }
  });

  it("counts code points through the whole turn, also behind a tool's card", () => {
    const heard = cut(
      says(1, `Look 😀${FAMILY}.`, 0),
      { type: "tool_call", id: "a", name: "search", args: {} },
      says(1, " 今天😀很好。", 900),
      { type: "heard", turn: 1, ms: 1_200, chars: codePointsIn(`Look 😀${FAMILY}. 今天😀`) },
    );
    expect(heard).toEqual([`Look 😀${FAMILY}.`, " 今天😀"]);
  });

  it.each([0.45, 0.6])("hears %s of a Chinese answer by the time that has sounded", (share) => {
    const text = "今天巴黎的天气非常好阳光明媚气温大约二十二度下午可能会有一点风但是不会下雨";
    const pieces = Array.from({ length: 9 }, (_, at) => ({ text: text.slice(4 * at, 4 * at + 4), atMs: 800 * at }));
    expect(charsHeard(pieces, 7_200 * share) / 36).toBeCloseTo(share, 1);
  });

  it("hears whole words where they have spaces between them", () => {
    const pieces = [{ text: "오늘 날씨가 참 좋네요.", atMs: 0 }, { text: " 네.", atMs: 2_000 }];
    expect(pieces[0]?.text.slice(0, charsHeard(pieces, 900))).toBe("오늘 ");
  });

  it("never shows half a character, wherever its pieces end", () => {
    fc.assert(
      fc.property(fc.array(SOME_TEXT, { minLength: 1, maxLength: 4 }), fc.nat(5_000), (texts, heardMs) => {
        const pieces = texts.map((text, at) => ({ text, atMs: 1_000 * at }));
        expect(edgesOf(texts.join(""))).toContain(charsHeard(pieces, heardMs));
      }),
    );
  });

  it("leaves a character that goes on in the next piece to that piece", () => {
    const pieces = [{ text: "A 👨‍👩", atMs: 0 }, { text: "‍👧 b", atMs: 1_000 }];
    expect(charsHeard(pieces, 1_000)).toBe("A ".length);
    expect(characterEdge("one two", 3)).toBe(3);
    expect(characterEdge("🇫🇷🇩🇪", 6)).toBe(4);
  });
});
