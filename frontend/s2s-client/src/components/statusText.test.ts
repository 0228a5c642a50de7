import { expect, it } from "vitest";
import { reduce, type SessionEvent, type SessionState } from "../state/sessionState";
import type { ToBrowser } from "../types";
import { statusText } from "./statusText";

const READY = { type: "ready", session_id: "s", backend: "emulator", model: "m", tools: [], images: true, wire: 1, input_rate: 16000, output_rate: 24000, frame_ms: 20 } as const;
const says = (message: ToBrowser): SessionEvent => ({ type: "message", message });

function headline(...messages: readonly ToBrowser[]): string {
  const events: readonly SessionEvent[] = [{ type: "start" }, { type: "microphone-open" }, says(READY), ...messages.map(says)];
  const state = events.reduce<SessionState>(reduce, { status: "idle" });
  return statusText(state, { outlook: null, speakerMode: false }).headline;
}

it("says that it thinks while an answer is owed, and that it still waits when that takes long", () => {
  expect(headline({ type: "state", phase: "thinking" })).toBe("Thinking…");
  expect(headline({ type: "state", phase: "thinking", overdue: true })).toBe("Still waiting for an answer…");
  expect(headline({ type: "state", phase: "thinking", overdue: true }, { type: "state", phase: "listening" })).toBe("Listening");
});
