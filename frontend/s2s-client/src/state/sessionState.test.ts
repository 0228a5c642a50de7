import { describe, expect, it } from "vitest";
import type { Notice, ToBrowser } from "../types";
import { failure } from "../shared/callErrors";
import { canInterrupt, formOf, isTyping, phaseOf, reduce, type SessionEvent, type SessionState, SessionStore } from "./sessionState";
import { warningOf } from "./limitWarnings";

const READY: ToBrowser = {
  type: "ready",
  session_id: "s",
  backend: "emulator",
  model: "gemini-3.8-live",
  tools: [],
  images: true,
  wire: 1,
  input_rate: 16000,
  output_rate: 24000,
  frame_ms: 20,
};

const says = (message: ToBrowser): SessionEvent => ({ type: "message", message });
const after = (...events: SessionEvent[]): SessionState =>
  events.reduce<SessionState>(reduce, { status: "idle" });
const live = (...events: SessionEvent[]) => after({ type: "start" }, { type: "microphone-open" }, says(READY), ...events);

describe("the session", () => {
  it("goes from the click over the microphone and the connection to the live call", () => {
    expect(after({ type: "start" }).status).toBe("requesting-microphone");
    expect(after({ type: "start" }, { type: "microphone-open" })).toEqual({ status: "connecting", step: "session" });
    expect(live()).toMatchObject({ status: "live", model: { backend: "emulator", name: "gemini-3.8-live" } });
  });

  it("goes on without a microphone where one types, and takes one in mid-call", () => {
    const begun = after({ type: "start", typing: true });
    expect(begun).toEqual({ status: "connecting", step: "session", typing: true });
    const typed = after({ type: "start", typing: true }, says(READY), says({ type: "state", phase: "listening" }));
    expect(typed).toMatchObject({ status: "live", microphone: false });
    expect([begun, typed, live()].map(isTyping)).toEqual([true, true, false]);
    expect(formOf(typed)).toBe("typing");
    const speaking = reduce(typed, { type: "microphone-open" });
    expect(speaking).toMatchObject({ microphone: true });
    expect(formOf(speaking)).toBe("listening");
  });

  it("takes a microphone that was refused for no broken service", () => {
    const failed = (code: Parameters<typeof failure>[0]) => formOf(after({ type: "start" }, { type: "failed", failure: failure(code) }));
    expect([failed("microphone-refused"), failed("microphone-missing"), failed("gateway-unreachable")]).toEqual(["muted", "muted", "failed"]);
  });

  it("knows that an answer is overdue until something else is the case", () => {
    const overdue = live(says({ type: "state", phase: "thinking" }), says({ type: "state", phase: "thinking", overdue: true }));
    expect(overdue).toMatchObject({ phase: "thinking", overdue: true });
    expect(reduce(overdue, says({ type: "state", phase: "speaking" }))).toMatchObject({ phase: "speaking", overdue: false });
    expect(overdue.status === "live" && canInterrupt(overdue)).toBe(true);
  });

  it("keeps what a quick gateway said while the person still looked at the microphone prompt", () => {
    const state = after(
      { type: "start" },
      says(READY),
      says({ type: "state", phase: "listening" }),
      { type: "microphone-open" },
    );
    expect(state).toMatchObject({ status: "live", phase: "listening" });
  });

  it("says how far the connection is, also when it was faster than the person", () => {
    const state = after({ type: "start" }, { type: "step", step: "network" }, { type: "microphone-open" });
    expect(state).toEqual({ status: "connecting", step: "network" });
  });

  it("shows speaking while a voice sounds, whatever the gateway says", () => {
    const speaking = live(says({ type: "state", phase: "listening" }), { type: "voice-started", turn: 3, latencyMs: 420 });
    expect(phaseOf(speaking)).toBe("speaking");
    expect(speaking).toMatchObject({ latencyMs: 420 });
    expect(phaseOf(reduce(speaking, { type: "voice-stopped", turn: 2 }))).toBe("speaking");
    expect(phaseOf(reduce(speaking, { type: "voice-stopped", turn: 3 }))).toBe("listening");
  });

  it("keeps the last latency when an answer has none", () => {
    const state = live(
      { type: "voice-started", turn: 1, latencyMs: 420 },
      { type: "voice-started", turn: 2, latencyMs: null },
    );
    expect(state).toMatchObject({ latencyMs: 420 });
  });

  it("is stopped at once by the button", () => {
    const state = live({ type: "voice-started", turn: 1, latencyMs: null }, { type: "interrupted", turn: 1, heardMs: 0 });
    expect(phaseOf(state)).toBe("interrupted");
  });

  it("strikes nothing of an answer that was heard when the next one is stopped before it sounds", () => {
    const answered = live(says({ type: "model_transcript", turn: 1, text: "It is noon.", at_ms: 0 }), says({ type: "state", phase: "thinking" }));
    const stopped = reduce(answered, { type: "interrupted", turn: null, heardMs: 0 });
    expect(phaseOf(stopped)).toBe("interrupted");
    expect(stopped).toMatchObject({ lines: [{ heardChars: null }] });
  });

  it("keeps the transcript when the call ends or fails, and empties it for the next", () => {
    const talked = says({ type: "user_transcript", id: 1, text: "Hello", final: true });
    expect(live(talked, { type: "end" })).toMatchObject({ status: "ended", lines: [{ text: "Hello" }] });
    const failed = live(talked, { type: "failed", failure: failure("connection-lost") });
    expect(failed).toMatchObject({ status: "failed", lines: [{ text: "Hello" }] });
    expect(reduce(failed, { type: "start" })).toMatchObject({ status: "requesting-microphone" });
  });

  it("ignores words that come too late or too early", () => {
    const ended = live({ type: "end" });
    const events: SessionEvent[] = [
      says({ type: "state", phase: "speaking" }),
      { type: "voice-started", turn: 1, latencyMs: null },
      { type: "failed", failure: failure("connection-lost") },
      { type: "microphone-open" },
      { type: "muted", muted: true },
    ];
    for (const event of events) expect(reduce(ended, event)).toBe(ended);
    const idle: SessionState = { status: "idle" };
    for (const event of [...events, { type: "end" } as const]) expect(reduce(idle, event)).toBe(idle);
  });

  it("does not start twice", () => {
    const state = live();
    expect(reduce(state, { type: "start" })).toBe(state);
  });

  it("follows upstream's name and words", () => {
    const state = live(
      says({ type: "upstream", status: "live", backend: "vertex", model: "gemini-live", detail: "Loading 1 of 4" }),
    );
    expect(state).toMatchObject({ model: { backend: "vertex", name: "gemini-live" }, detail: "Loading 1 of 4" });
  });
});

describe("a limit", () => {
  const notice = (code: string, endsInMs?: number): ToBrowser => ({
    type: "notice",
    level: "warning",
    code,
    message: code,
    hint: "",
    ...(endsInMs !== undefined && { ends_in_ms: endsInMs }),
  });

  it("that is near stands beside the call and not in the transcript, and so does the end", () => {
    for (const one of [notice("time_limit_near", 60_000), notice("cost_limit_near"), notice("time_limit", 9_000), notice("time_limit", 0)]) {
      expect(live(says(one))).toMatchObject({ lines: [] });
    }
    expect(live(says(notice("gateway_stopping", 0)))).toMatchObject({ lines: [{ text: "gateway_stopping" }] });
  });

  it("of idleness is taken back by any word, another one is not", () => {
    const talked = says({ type: "user_transcript", id: 1, text: "He", final: false });
    const warned = (one: ToBrowser) => live({ type: "warned", warning: warningOf(one as Notice, 5_000) });
    expect(warned(notice("idle_limit_near", 3_000))).toMatchObject({ warning: { endsAtMs: 8_000 } });
    expect(reduce(warned(notice("idle_limit_near", 3_000)), talked)).toMatchObject({ warning: null });
    expect(reduce(warned(notice("time_limit_near", 3_000)), talked)).toMatchObject({ warning: { code: "time_limit_near" } });
    expect(reduce(warned(notice("time_limit_near", 3_000)), says(READY))).toMatchObject({ warning: null });
  });

  it("that is reached ends the call with its reason; the session can still be named", () => {
    const reason = { code: "time_limit", message: "Time is up.", hint: "" };
    expect(live({ type: "end", reason })).toMatchObject({ status: "ended", reason, sessionId: "s" });
    expect(live({ type: "end" })).toMatchObject({ reason: null });
  });
});

describe("a session that takes the place of another", () => {
  it("is the one that is named; what was never heard of the old answer is struck", () => {
    const state = live(
      says({ type: "model_transcript", turn: 1, text: "Once upon a time.", at_ms: 0 }),
      { type: "voice-started", turn: 1, latencyMs: null },
      { type: "cut-off", turn: 1, heardMs: 0 },
      says({ ...READY, session_id: "t" }),
    );
    expect(state).toMatchObject({ status: "live", sessionId: "t", voice: null, lines: [{ heardChars: 0 }] });
  });

  it("says a thing once: the same notice again is no news", () => {
    const told = says({ type: "notice", level: "warning", code: "too_many_messages", message: "Too much.", hint: "" });
    expect(live(told, told, told)).toMatchObject({ lines: [{ text: "Too much." }] });
  });
});

describe("the store", () => {
  it("tells its listeners only when something changed", () => {
    const store = new SessionStore();
    let told = 0;
    const leave = store.subscribe(() => told++);
    store.dispatch({ type: "end" });
    expect(told).toBe(0);
    store.dispatch({ type: "start" });
    expect(told).toBe(1);
    leave();
    store.dispatch({ type: "end" });
    expect(told).toBe(1);
  });
});
