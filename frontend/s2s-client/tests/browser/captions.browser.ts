/** The captions with a real layout: what sounds is seen, at every size, and who reads elsewhere is left there. */
import { createElement, createRef } from "react";
import { flushSync } from "react-dom";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Transcript } from "../../src/components/transcript/Transcript";
import type { Line } from "../../src/state/transcript";
import "../../src/theme.css";

const WORDS = Array.from({ length: 240 }, (_, at) => `word${at}`);
/** A long answer at one word in 400 ms, all of its text there before its sound. */
const WORD_MS = 400;
const ANSWER: Line = { kind: "answer", turn: 2, pieces: WORDS.map((word, at) => ({ text: `${word} `, atMs: WORD_MS * at })), before: 0, heardChars: null };
const EARLIER: readonly Line[] = Array.from({ length: 12 }, (_, id) => ({ kind: "person", id, text: `Question ${id}`, final: true }));

let root: Root;
let box: HTMLElement;
let heardMs = 0;
const list = createRef<HTMLDivElement>();
const theList = (): HTMLElement => {
  if (!list.current) throw new Error("there is no list");
  return list.current;
};
const heard = () => ({ turn: 2, ms: heardMs });

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  heardMs = 1;
  box = document.body.appendChild(document.createElement("div"));
  box.className = "app";
  box.style.cssText = "display: flex; flex-direction: column; overflow: hidden; padding: 0";
  root = createRoot(box);
});
afterEach(() => {
  root.unmount();
  box.remove();
  vi.useRealTimers();
});

/** Shows these lines in a box of that size; `voice`: the turn that sounds. */
async function show(lines: readonly Line[], { voice = null, width = 360, height = 200 }: { voice?: number | null; width?: number; height?: number } = {}) {
  Object.assign(box.style, { width: `${width}px`, height: `${height}px` });
  flushSync(() => { root.render(createElement(Transcript, { lines, voice, heard, onAsk: () => undefined, list })); });
  await drawn();
}

/** Two frames: sizes are told to those who watch them in the first. */
async function drawn() {
  for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
}

async function hears(word: number) {
  heardMs = WORD_MS * word + WORD_MS / 2;
  vi.advanceTimersByTime(200);
  await drawn();
}

function placeOf(word: string): DOMRect {
  const text = [...theList().querySelectorAll(".answer .said")].map(({ firstChild }) => firstChild as Text).find(({ data }) => data.includes(`${word} `));
  if (!text) throw new Error(`${word} is nowhere`);
  const range = new Range();
  range.setStart(text, text.data.indexOf(`${word} `));
  range.setEnd(text, text.data.indexOf(`${word} `) + word.length);
  return range.getBoundingClientRect();
}

function isSeen(rect: DOMRect): boolean {
  const seen = theList().getBoundingClientRect();
  return rect.top >= seen.top - 1 && rect.bottom <= seen.bottom + 1;
}

const isAtEnd = () => theList().scrollHeight - theList().scrollTop - theList().clientHeight < 2;
const jump = () => [...box.querySelectorAll("button")].find(({ textContent }) => textContent === "Jump to latest");

async function scroll(top: number) {
  theList().scrollTop = top;
  await drawn();
}

it.each([[328, 78], [358, 243], [432, 560]])("the spoken word is seen from the first to the last, in %i by %i pixels", async (width, height) => {
  await show([...EARLIER, ANSWER], { voice: 2, width, height });
  for (let word = 0; word < WORDS.length; word += 7) {
    await hears(word);
    // A busy browser lays out some frames later.
    await vi.waitFor(() => { expect(isSeen(placeOf(`word${word}`)), `word${word}`).toBe(true); });
  }
  await hears(WORDS.length);
  await vi.waitFor(() => { expect(isSeen(placeOf("word239"))).toBe(true); });
  expect(jump()).toBeUndefined();
});

it("what was just said and what comes next stand around the spoken word", async () => {
  await show([...EARLIER, ANSWER], { voice: 2, height: 243 });
  await hears(120);
  const place = placeOf("word120").top - theList().getBoundingClientRect().top;
  expect(place).toBeGreaterThan(40);
  expect(place).toBeLessThan(160);
});

it("the newest line is seen however the box shrinks and grows, and nobody is asked to jump to it", async () => {
  await show([...EARLIER, ANSWER]);
  for (const height of [120, 400, 60, 243]) {
    box.style.height = `${height}px`;
    await drawn();
    expect(isAtEnd(), `${height} pixels`).toBe(true);
    expect(jump()).toBeUndefined();
  }
  box.style.width = "200px";
  await drawn();
  expect(isAtEnd()).toBe(true);
  const picture = document.createElement("div");
  box.querySelector(".lines")?.append(picture);
  picture.style.height = "300px";
  await drawn();
  expect(isAtEnd(), "a picture that gets its height late").toBe(true);
});

it("a reader who goes up is left there, by voice, new lines and a smaller box, until the jump", async () => {
  await show([...EARLIER, ANSWER], { voice: 2 });
  await hears(100);
  await scroll(40);
  expect(jump()).toBeDefined();
  await hears(140);
  box.style.height = "120px";
  await show([...EARLIER, ANSWER, { kind: "person", id: 99, text: "Wait!", final: true }], { voice: 2, height: 120 });
  expect(theList().scrollTop).toBe(40);
  jump()?.click();
  await hears(141);
  expect(isSeen(placeOf("word141"))).toBe(true);
  expect(jump()).toBeUndefined();
  expect(document.activeElement).toBe(list.current);
});

it("a reader who goes to the end before the voice stays there, and hears the next answer followed again", async () => {
  await show([...EARLIER, ANSWER], { voice: 2 });
  await hears(20);
  await scroll(100_000);
  await hears(30);
  expect(isAtEnd()).toBe(true);
  await show([...EARLIER, ANSWER], { voice: null });
  await show([...EARLIER, ANSWER], { voice: 2 });
  await hears(31);
  expect(isSeen(placeOf("word31"))).toBe(true);
});

it("what is ahead of the voice is painted once for each word, and not between two", async () => {
  await show([...EARLIER, ANSWER], { voice: 2 });
  await hears(10);
  const ahead = (CSS as unknown as { highlights: Map<string, Set<Range>> }).highlights.get("ahead");
  if (!ahead) throw new Error("this browser paints no words softer");
  const painted = vi.spyOn(ahead, "add");
  for (let tenth = 0; tenth < 20; tenth++) {
    heardMs += WORD_MS / 4;
    vi.advanceTimersByTime(WORD_MS / 4);
  }
  expect(painted).toHaveBeenCalledTimes(5);
  painted.mockRestore();
});

it("after a tool the voice is followed in the line that sounds, not in the one before it", async () => {
  const before: Line = { ...ANSWER, pieces: ANSWER.pieces.slice(0, 120) };
  const tool: Line = { kind: "tool", id: "t", name: "get_weather", args: { city: "Paris" }, result: { ok: true, summary: "12 degrees", tookMs: 900 } };
  const rest: Line = { ...ANSWER, pieces: ANSWER.pieces.slice(120), before: 120 * 8 };
  await show([...EARLIER, before, tool, rest], { voice: 2 });
  await hears(60);
  expect(isAtEnd()).toBe(false);
  for (const word of [125, 180, 238]) {
    await hears(word);
    expect(isSeen(placeOf(`word${word}`)), `word${word}`).toBe(true);
  }
  await show([...EARLIER, before, tool, rest]);
  expect(isAtEnd()).toBe(true);
});
