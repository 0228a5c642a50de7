// @vitest-environment jsdom
import { beforeEach, expect, it, vi } from "vitest";
import { keepAudioRunning } from "./audioContextResume";

/** A browser's context, halted and let go by hand. */
class Context extends EventTarget {
  state: AudioContextState = "suspended";
  readonly asked: (() => void)[] = [];

  resume(): Promise<void> {
    return new Promise((settle) => this.asked.push(settle));
  }
  becomes(state: AudioContextState): void {
    this.state = state;
    this.dispatchEvent(new Event("statechange"));
  }
  /** As the browser does it when it may. */
  runs(): void {
    this.becomes("running");
    this.asked.splice(0).forEach((settle) => { settle(); });
  }
}

let context: Context;
let held: boolean[];
const begin = () => keepAudioRunning(context as unknown as AudioContext, (now) => held.push(now));
const touch = () => window.dispatchEvent(new Event("pointerdown"));

beforeEach(() => {
  context = new Context();
  held = [];
  vi.stubGlobal("navigator", { userActivation: { hasBeenActive: true } });
});

it("waits for the sound in a click, and says nothing of it", async () => {
  const begun = begin();
  context.runs();
  await begun;
  expect(held).not.toContain(true);
  touch();
  expect(context.asked).toEqual([]);
});

it("lets the next touch start it after a reload, and says so until then", async () => {
  vi.stubGlobal("navigator", { userActivation: { hasBeenActive: false } });
  await begin();
  expect(held.at(-1)).toBe(true);
  touch();
  expect(context.asked).toHaveLength(2);
  context.runs();
  expect(held.at(-1)).toBe(false);
  touch();
  expect(context.asked).toEqual([]);
});

it("starts again behind a telephone call, by itself or at a touch", () => {
  void begin();
  context.runs();
  context.becomes("interrupted");
  expect(held.at(-1)).toBe(true);
  expect(context.asked).toHaveLength(1);
  touch();
  expect(context.asked).toHaveLength(2);
  context.runs();
  expect(held.at(-1)).toBe(false);
});

it("says nothing while the voice moves to another loudspeaker", () => {
  void begin();
  context.runs();
  context.becomes("suspended");
  expect(context.asked).toHaveLength(1);
  context.runs();
  expect(held).not.toContain(true);
});

it("leaves a closed one alone", () => {
  void begin();
  context.becomes("closed");
  touch();
  expect(context.asked).toHaveLength(1);
});
