import { describe, expect, it } from "vitest";
import type { Phase, ToBrowser } from "../types";
import { failure } from "../shared/callErrors";
import { type Cue, cueBetween, waysOf } from "./cues";
import { reduce, type SessionEvent, type SessionState } from "./sessionState";

const says = (message: ToBrowser): SessionEvent => ({ type: "message", message });
const READY = says({
  type: "ready", session_id: "s", backend: "emulator", model: "m", tools: [], images: true, wire: 1, input_rate: 16_000, output_rate: 24_000, frame_ms: 20,
});
const phase = (name: Phase): SessionEvent => says({ type: "state", phase: name });
const SOUNDS: SessionEvent = { type: "voice-started", turn: 1, latencyMs: null };
const SILENT: SessionEvent = { type: "voice-stopped", turn: 1 };
const STOPPED: SessionEvent = { type: "interrupted", turn: 1, heardMs: 300 };

/** The cues on the way. */
function cuesOf(...events: SessionEvent[]): Cue[] {
  let state: SessionState = { status: "idle" };
  return events.flatMap((event) => {
    const before = state;
    state = reduce(state, event);
    return cueBetween(before, state) ?? [];
  });
}

describe("the cues", () => {
  const begun = [{ type: "start" }, { type: "microphone-open" }, READY, phase("listening")] as const;

  it("tell the beginning, the end of each answer, and the end", () => {
    expect(cuesOf(...begun, phase("thinking"), SOUNDS, phase("listening"), SILENT, { type: "end" })).toEqual(["connected", "listening", "ended"]);
  });

  it("tell an answer that was stopped once, and not also that it is over", () => {
    expect(cuesOf(...begun, SOUNDS, STOPPED, phase("interrupted"), phase("listening"))).toEqual(["connected", "interrupted"]);
  });

  it("tell that a call broke, and nothing of one that never came about", () => {
    expect(cuesOf(...begun, { type: "failed", failure: failure("connection-lost") })).toEqual(["connected", "ended"]);
    expect(cuesOf({ type: "start" }, { type: "failed", failure: failure("microphone-refused") }, { type: "start" }, { type: "end" })).toEqual([]);
  });

  it("leave alone who types, but for the beginning and the end", () => {
    expect(cuesOf({ type: "start", typing: true }, READY, SOUNDS, phase("listening"), SILENT, { type: "end" })).toEqual(["connected", "ended"]);
  });

  it.each([
    ["automatic", true, { connected: "both", listening: "both", interrupted: "both", ended: "both" }],
    ["automatic", false, { connected: "sound", listening: "none", interrupted: "none", ended: "sound" }],
    ["all", false, { connected: "sound", listening: "sound", interrupted: "sound", ended: "sound" }],
    ["off", true, { connected: "none", listening: "none", interrupted: "none", ended: "none" }],
  ] as const)("go the ways that are of use: %s, by finger %s", (wish, touch, expected) => {
    for (const [cue, ways] of Object.entries(expected)) {
      const found = waysOf(cue as Cue, wish, touch);
      expect([cue, found]).toEqual([cue, { sound: ways === "both" || ways === "sound", touch: ways === "both" }]);
    }
  });
});
