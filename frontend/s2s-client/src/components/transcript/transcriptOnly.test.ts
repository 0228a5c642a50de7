import { describe, expect, it } from "vitest";
import type { SessionState } from "../../state/sessionState";
import type { Line } from "../../state/transcript";
import { isTranscriptOnly } from "./transcriptOnly";

const said: Line = { kind: "answer", turn: 1, pieces: [{ text: "Once ", atMs: 0 }], before: 0, heardChars: null };
const tool = { kind: "tool", id: "a", name: "get_weather", args: {}, result: null } as unknown as Line;
const live = { status: "live", lines: [said], muted: false, voice: 1 } as unknown as Extract<SessionState, { status: "live" }>;

describe("what words change", () => {
  it("is the transcript alone", () => {
    expect(isTranscriptOnly(live, { ...live, lines: [said, { ...said, turn: 2 }] })).toBe(true);
  });

  it("is more where a function begins, the microphone closes, the voice falls silent or the call ends", () => {
    expect(isTranscriptOnly(live, { ...live, lines: [said, tool] })).toBe(false);
    expect(isTranscriptOnly(live, { ...live, muted: true })).toBe(false);
    expect(isTranscriptOnly(live, { ...live, voice: null })).toBe(false);
    expect(isTranscriptOnly(live, { status: "idle" })).toBe(false);
  });
});
