import { expect, it } from "vitest";
import type { Item } from "../callRecord";
import { drawTimeline, type Palette } from "./drawTimeline";
import { fit } from "./viewport";

const LETTER_PX = 7;
const PALETTE: Palette = { ink: "", soft: "", edge: "", person: "", personWash: "", voice: "", alert: "", surface: "", font: "" };

/** What is written on a call's line, and where it begins and ends. */
function written(durationMs: number, widthPx: number, items: readonly Item[] = []) {
  const texts: { readonly text: string; readonly from: number; readonly to: number }[] = [];
  const brush = new Proxy({}, {
    get: (_, name) => {
      if (name === "measureText") return (text: string) => ({ width: LETTER_PX * text.length });
      if (name === "fillText") return (text: string, x: number) => texts.push({ text, from: x, to: x + LETTER_PX * text.length });
      return () => undefined;
    },
    set: () => true,
  });
  drawTimeline(brush as unknown as CanvasRenderingContext2D, fit(durationMs, widthPx), { items, person: new Uint8Array(0), ai: new Uint8Array(0) }, 0, PALETTE);
  return texts;
}

const said = (text: string, atMs: number, endMs: number): Item => ({ kind: "person", text, atMs, endMs });

it("every time on the ruler is whole: beside the playhead at the start, and at the edge", () => {
  for (const durationMs of [4_000, 30_100, 90_000, 180_000, 181_000, 3_600_000]) {
    const times = written(durationMs, 640);
    expect(times.length).toBeGreaterThan(1);
    for (const { text, from, to } of times) {
      expect(from, text).toBeGreaterThan(5);
      expect(to, `${text} of ${durationMs}`).toBeLessThanOrEqual(640);
    }
  }
});

it("words end in dots where their box does, and a box without room for words has none", () => {
  const [ask, next] = ["What’s the weather in Paris today, please?", "And"];
  const texts = written(100_000, 1_000, [said(ask, 10_000, 22_000), said(next, 30_000, 40_000), said("Yes, of course", 50_000, 51_000)]);
  const cut = texts.find(({ text }) => text.startsWith("What"));
  expect(cut?.text).toMatch(/^What’s the w\S*…$/u);
  expect(cut?.to).toBeLessThanOrEqual(220);
  expect(texts.map(({ text }) => text)).toContain("And");
  expect(texts.some(({ text }) => text.startsWith("Y"))).toBe(false);
});
