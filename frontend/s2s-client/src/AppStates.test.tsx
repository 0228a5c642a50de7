// @vitest-environment jsdom
import { act, cleanup, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { App } from "./App";
import { GeminiSession } from "./app/geminiSession";
import { SignIn } from "./app/signIn";
import { failure } from "./shared/callErrors";
import { type SessionEvent, SessionStore } from "./state/sessionState";
import type { Outage, Phase, ToBrowser } from "./types";

beforeEach(() => {
  localStorage.clear();
  // jsdom draws nothing; the drawing has its own tests.
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(null);
});
afterEach(cleanup);

const says = (message: ToBrowser): SessionEvent => ({ type: "message", message });
const READY = says({
  type: "ready", session_id: "s", backend: "emulator", model: "gemini-3.8-live", tools: [], images: true, wire: 1, input_rate: 16000, output_rate: 24000, frame_ms: 20,
});
const LIVE: SessionEvent[] = [{ type: "start" }, { type: "microphone-open" }, READY];
const CONNECTED: SessionEvent = { type: "connected", connection: { carrier: "webrtc", detour: null } };
const phase = (name: Phase): SessionEvent => says({ type: "state", phase: name });
const ASKED = says({ type: "user_transcript", id: 1, text: "What's the weather in Paris?", final: true });
const ANSWERED = says({ type: "model_transcript", turn: 1, text: "It is 12 degrees in Paris.", at_ms: 0 });
const SOUNDS: SessionEvent = { type: "voice-started", turn: 1, latencyMs: 512 };

/** The connection is lost; `news`: what is known of it. */
const away = (news: Partial<Outage> = {}): SessionEvent => ({ type: "away", outage: { serverStopped: false, keptUntilMs: Date.now() + 10_000, nextTryAtMs: null, ...news } });

/** The page's own session in the state that `events` lead to, with what its buttons do written down. */
function show(...events: SessionEvent[]) {
  const store = new SessionStore();
  events.forEach((event) => { store.dispatch(event); });
  const nothing = () => Promise.resolve();
  const does = { start: vi.fn(nothing), goOn: vi.fn(nothing), tryNow: vi.fn(), interrupt: vi.fn(), setMuted: vi.fn() };
  const session = Object.assign(new GeminiSession({ apiUrl: "", reconnectLimitMs: 0 }), {
    subscribe: store.subscribe,
    getSnapshot: store.getSnapshot,
    resume: () => Promise.resolve(false),
    signIn: new SignIn(() => Promise.resolve({ voices: [], one_voice: true, tools: [] }), null, null),
    ...does,
  });
  render(<App session={session} />);
  return { session, store, person: userEvent.setup() };
}

const button = (name: string) => screen.getByRole("button", { name });

describe("the screen", () => {
  it("goes on with a conversation that the person has ended, if they wish; a new one comes first", async () => {
    const { session, person } = show(...LIVE, ASKED, ANSWERED, { type: "end" });
    const controls = within(screen.getByRole("group", { name: "Call controls" })).getAllByRole("button").map(({ textContent }) => textContent);
    expect(controls.indexOf("Start Conversation")).toBeLessThan(controls.indexOf("Continue"));
    await person.click(button("Continue"));
    expect(session.goOn).toHaveBeenCalledOnce();
    expect(session.start).not.toHaveBeenCalled();
    cleanup();
    show(...LIVE, { type: "end" });
    expect(screen.queryByRole("button", { name: "Continue" })).toBeNull();
  });

  it("says of a server that stopped that it did, counts down to the next try, makes it at once, and lights nothing that does nothing", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    onTestFinished(() => { vi.useRealTimers(); });
    const { session, person, store } = show(...LIVE, CONNECTED, phase("thinking"), away({ serverStopped: true, nextTryAtMs: Date.now() + 4_000 }));
    expect(screen.getByText("The server stopped responding")).toBeTruthy();
    expect(document.body.textContent).not.toMatch(/network/i);
    expect(screen.getByRole("timer").textContent).toBe("4 s");
    expect(button("Interrupt AI").getAttribute("aria-disabled")).toBe("true");
    await person.click(button("Try now"));
    expect(session.tryNow).toHaveBeenCalledOnce();
    // What is said from now on may be dropped: nothing is promised any more.
    expect(screen.getByText("We’ll keep the last 10 seconds of what you say.")).toBeTruthy();
    act(() => { store.dispatch(away({ serverStopped: true, keptUntilMs: Date.now() })); });
    expect(screen.queryByText("We’ll keep the last 10 seconds of what you say.")).toBeNull();
    expect(screen.getByText("Hold on: what you say now may be lost.")).toBeTruthy();
    expect(button("Try now").getAttribute("aria-disabled")).toBe("true");
    act(() => { store.dispatch(CONNECTED); });
    expect(screen.queryByRole("button", { name: "Try now" })).toBeNull();
  });

  it("tells what happens to the connection beside it, without breaking a sentence or wiping out the questions, until that is past", async () => {
    const restarted = says({ type: "notice", level: "info", code: "conversation_goes_on", message: "The server restarted.", hint: "" });
    const { store, person } = show(...LIVE, restarted);
    expect(screen.getByText("The server restarted.")).toBeTruthy();
    expect(within(screen.getByRole("log")).queryByText("The server restarted.")).toBeNull();
    expect(button("“What can you do?”")).toBeTruthy();
    act(() => { [ASKED, ANSWERED].forEach((event) => { store.dispatch(event); }); });
    expect(screen.queryByText("The server restarted.")).toBeNull();
    act(() => { store.dispatch({ type: "remark", failure: { message: "Mic disconnected.", hint: "" } }); });
    act(() => { store.dispatch(says({ type: "model_transcript", turn: 1, text: " Bring an umbrella.", at_ms: 900 })); });
    expect(document.querySelectorAll(".line.answer")).toHaveLength(1);
    expect(screen.getByText("Mic disconnected.")).toBeTruthy();
    await person.click(button("Dismiss"));
    expect(screen.queryByText("Mic disconnected.")).toBeNull();
  });

  it("says in the conversation why an answer is missing there", () => {
    show(...LIVE, ASKED, says({ type: "notice", level: "info", code: "silent_turn", message: "The AI chose not to answer.", hint: "" }));
    expect(within(screen.getByRole("log")).getByText("The AI chose not to answer.")).toBeTruthy();
  });

  it("keeps the words of whoever runs the server behind Details", () => {
    show({ type: "start" }, { type: "failed", failure: failure("gateway-unreachable") });
    const details = screen.getByText(/REACT_APP_API_URL/).closest("details");
    expect(details?.open).toBe(false);
    expect(screen.getByText("Can’t reach the server.")).toBeTruthy();
  });

  it("reminds a muted person who speaks that nobody hears them, and unmutes", async () => {
    const muted: SessionEvent = { type: "muted", muted: true };
    const { session, person, store } = show(...LIVE, phase("listening"), muted);
    expect(screen.queryByText(/You’re muted/)).toBeNull();
    act(() => { store.dispatch({ type: "speaks-muted", speaks: true }); });
    expect(screen.getByText("You’re muted. The AI can’t hear you.")).toBeTruthy();
    await person.click(button("Unmute"));
    expect(session.setMuted).toHaveBeenCalledWith(false);
    act(() => { store.dispatch({ type: "muted", muted: false }); });
    expect(screen.queryByText(/You’re muted/)).toBeNull();
  });

  it("has what it knows of itself behind one quiet button, by keyboard too", async () => {
    const { person, session } = show(...LIVE, phase("speaking"), SOUNDS);
    const list = () => screen.queryByRole("group", { name: "Conversation details" });
    expect(list()).toBeNull();
    button("Conversation details").focus();
    await person.keyboard("{Enter}");
    expect(within(list()!).getAllByRole("button").map(({ textContent }) => textContent)).toEqual([
      "Replied in 0.5 s", "Connection test", "Keyboard shortcuts", "Report a problem",
    ]);
    await person.keyboard("{Escape}");
    expect(list()).toBeNull();
    expect(document.activeElement).toBe(button("Conversation details"));
    expect(session.interrupt).not.toHaveBeenCalled();
  });

  it("takes the colors that are wished, and the system's again", () => {
    const { session } = show();
    expect(document.documentElement.dataset["theme"]).toBeUndefined();
    act(() => { session.settings.change({ theme: "dark" }); });
    expect(document.documentElement.dataset["theme"]).toBe("dark");
    act(() => { session.settings.change({ theme: "system" }); });
    expect(document.documentElement.dataset["theme"]).toBeUndefined();
  });
});
