// @vitest-environment jsdom
import { act, cleanup, screen, within } from "@testing-library/react";
import axe from "axe-core";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { CallFailure, failure } from "./shared/callErrors";
import type { SessionEvent, SessionState } from "./state/sessionState";
import { eventually } from "../tests/eventually";
import { ANSWERED, ASKED, away, button, CALLED, CONNECTED, gateway, IDLE_OVER, IDLE_SOON, LIVE, LOOKED_UP, OFFERS, phase, READY, says, show, SOUNDS } from "./testing/appStage";

beforeEach(() => {
  // jsdom draws nothing; the drawing has its own tests.
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(null);
});
afterEach(cleanup);

const STATES: [string, SessionState["status"], SessionEvent[]][] = [
  ["idle", "idle", []],
  ["asking for the microphone", "requesting-microphone", [{ type: "start" }]],
  ["connecting", "connecting", [{ type: "start" }, { type: "microphone-open" }]],
  ["listening", "live", [...LIVE, phase("listening")]],
  ["thinking", "live", [...LIVE, ASKED, phase("thinking")]],
  ["using a tool", "live", [...LIVE, ASKED, CALLED, phase("tool")]],
  ["speaking", "live", [...LIVE, ASKED, CALLED, LOOKED_UP, ANSWERED, phase("speaking"), SOUNDS]],
  ["interrupted", "live", [...LIVE, ASKED, ANSWERED, SOUNDS, { type: "interrupted", turn: 1, heardMs: 300 }]],
  ["reconnecting", "live", [...LIVE, phase("reconnecting")]],
  ["away", "live", [...LIVE, CONNECTED, SOUNDS, away()]],
  ["muted", "live", [...LIVE, phase("listening"), { type: "muted", muted: true }]],
  ["waiting for the talk button", "live", [{ type: "start", pushToTalk: true }, { type: "microphone-open" }, READY, phase("listening")]],
  ["held back by the browser after a reload", "live", [...LIVE, { type: "held-back", held: true }]],
  ["hearing itself", "live", [...LIVE, SOUNDS, { type: "echoing", echoing: true }]],
  ["ended", "ended", [...LIVE, ASKED, ANSWERED, { type: "end" }]],
  ["ending soon", "live", [...LIVE, { type: "warned", warning: IDLE_SOON }]],
  ["ended by a limit", "ended", [...LIVE, ASKED, { type: "end", reason: IDLE_OVER }]],
  ["refused for a moment", "failed", [{ type: "start" }, { type: "failed", failure: failure("gateway-busy"), retryAtMs: Date.now() + 5_000 }]],
  ["broken off", "failed", [...LIVE, ASKED, { type: "failed", failure: failure("connection-lost") }]],
  ["failed", "failed", [{ type: "start" }, { type: "failed", failure: failure("microphone-refused") }]],
];

describe.each(STATES)("%s", (_, status, events) => {
  it("has no barrier that axe can find", async () => {
    const { container, store } = show(...events);
    expect(store.getSnapshot().status).toBe(status);
    // jsdom has no layout, so contrast is checked in the real browser.
    const found = await axe.run(container, { rules: { "color-contrast": { enabled: false }, region: { enabled: false } } });
    expect(found.violations).toEqual([]);
  });
});

describe("the screen", () => {
  it("starts by voice or in writing", async () => {
    const { session, person } = show();
    const controls = screen.getByRole("group", { name: "Call controls" });
    expect(within(controls).getAllByRole("button").map((one) => one.textContent)).toEqual(["Start Conversation", "Type instead"]);
    await person.click(button("Start Conversation"));
    expect(session.start).toHaveBeenCalledExactlyOnceWith();
    await person.click(button("Type instead"));
    expect(session.start).toHaveBeenLastCalledWith({ typing: true });
  });

  it("starts with a thing to say", async () => {
    const { session, person } = show();
    const questions = within(screen.getByRole("group", { name: "Things to ask" })).getAllByRole("button");
    expect(questions).toHaveLength(3);
    await person.click(questions[0]!);
    expect(session.start).toHaveBeenCalledExactlyOnceWith({ text: "Tell me a story.", typing: false });
  });

  it("says before the start whom one talks to and where the voice goes, or that nobody answers", async () => {
    show();
    expect(await screen.findByText("You’ll talk to the local engine on this computer. Your voice never leaves it.")).toBeTruthy();
  });

  it("says before the start that nobody answers", async () => {
    gateway.options = () => Promise.reject(new CallFailure("gateway-unreachable"));
    onTestFinished(() => { gateway.options = () => Promise.resolve(OFFERS); });
    show();
    expect(await screen.findByText("Can’t reach the server.")).toBeTruthy();
  });

  it("goes on in writing where the microphone was refused, and takes one later", async () => {
    const { session, person, store } = show({ type: "start" }, { type: "failed", failure: failure("microphone-refused") });
    await person.click(button("Type instead"));
    expect(session.start).toHaveBeenCalledExactlyOnceWith({ typing: true });
    act(() => { store.dispatch({ type: "start", typing: true }); });
    // One writes while the line is still being made.
    const field = document.querySelector<HTMLInputElement>(".text-box [name=words]")!;
    expect(document.activeElement).toBe(field);
    await person.keyboard("Hello{Enter}");
    expect(session.sendText).toHaveBeenCalledExactlyOnceWith("Hello");
    for (const event of [READY, phase("listening")]) act(() => { store.dispatch(event); });
    expect(screen.queryByRole("button", { name: "Mute" })).toBeNull();
    await person.click(button("Turn on microphone"));
    expect(session.turnOnMicrophone).toHaveBeenCalledOnce();
    act(() => { store.dispatch({ type: "microphone-open" }); });
    expect(button("Mute")).toBeTruthy();
  });

  it("does not offer to type where it is not the microphone that is in the way", () => {
    show({ type: "start" }, { type: "failed", failure: failure("gateway-unreachable") });
    expect(screen.queryByRole("button", { name: "Type instead" })).toBeNull();
  });

  it("does not mute what there is not", async () => {
    const { session, person } = show({ type: "start", typing: true }, READY, phase("listening"));
    (document.activeElement as HTMLElement).blur();
    await person.keyboard("m");
    expect(session.setMuted).not.toHaveBeenCalled();
  });

  it("keeps no sound until a switch beside the start says so, by keyboard, and asks nothing in mid-call", async () => {
    const { session, person } = show();
    const wish = screen.getByRole("switch", { name: "Keep the sound of my conversations" });
    expect((wish as HTMLInputElement).checked).toBe(false);
    expect(wish.getAttribute("aria-describedby")).toBeTruthy();
    const stops: Element[] = [];
    button("Start Conversation").focus();
    for (let tabs = 0; tabs < 4; tabs++) {
      await person.tab();
      stops.push(document.activeElement!);
    }
    expect(stops.at(-1)).toBe(wish);
    session.settings.change({ record: false });
    await person.keyboard(" ");
    expect(session.settings.getSnapshot()).toMatchObject({ sound: true, record: true });
    cleanup();
    show(...LIVE);
    expect(screen.queryByRole("switch")).toBeNull();
  });

  it.each([
    ["connecting", [{ type: "start" }, { type: "microphone-open" }]],
    ["live", [...LIVE, phase("listening")]],
    ["live with push-to-talk", [{ type: "start", pushToTalk: true }, { type: "microphone-open" }, READY, phase("listening")]],
  ] as [string, SessionEvent[]][])("does not end the call when Space or Enter follows the start (%s)", async (_, events) => {
    const { session, person, store } = show();
    button("Start Conversation").focus();
    await person.keyboard("{Enter}");
    for (const event of events) act(() => { store.dispatch(event); });
    await screen.findByRole("button", { name: "End Session" });
    await person.keyboard(" {Enter} {Enter}");
    expect(session.end).not.toHaveBeenCalled();
    // It is reached with Tab.
    button("End Session").focus();
    await person.keyboard("{Enter}");
    expect(session.end).toHaveBeenCalledOnce();
  });

  it("stands on the next Start when the call has ended", async () => {
    const { store } = show();
    button("Start Conversation").focus();
    for (const event of [...LIVE, phase("listening"), { type: "end" } as const]) act(() => { store.dispatch(event); });
    await screen.findByRole("button", { name: "Start Conversation" });
    expect(document.activeElement).toBe(button("Start Conversation"));
  });

  it("offers to interrupt only while the AI speaks, and keeps the focus on the button", async () => {
    const { session, person, store } = show(...LIVE, phase("speaking"), SOUNDS);
    await person.click(button("Interrupt AI"));
    expect(session.interrupt).toHaveBeenCalledOnce();
    store.dispatch({ type: "interrupted", turn: 1, heardMs: 0 });
    await screen.findByText("Interrupted");
    expect(document.activeElement).toBe(button("Interrupt AI"));
    await person.click(button("Interrupt AI"));
    expect(session.interrupt).toHaveBeenCalledOnce();
  });

  it.each(["thinking", "tool", "speaking"] as const)("offers to interrupt already while the AI is %s", async (name) => {
    const { session, person } = show(...LIVE, phase(name));
    await person.click(button("Interrupt AI"));
    expect(session.interrupt).toHaveBeenCalledOnce();
  });

  it("says in a quiet line what carries the call, and why", () => {
    show({ type: "start" }, CONNECTED, { type: "microphone-open" }, READY);
    expect(screen.getByText("Connected over WebRTC")).toBeTruthy();
    cleanup();
    show(...LIVE, { type: "connected", connection: { carrier: "websocket", detour: "udp-blocked" } });
    expect(screen.getByText("Connected over WebSocket, because UDP seems to be blocked here")).toBeTruthy();
  });

  it("says that the connection was lost and comes back by itself; the call can be ended meanwhile", async () => {
    const { session, person, store } = show(...LIVE, CONNECTED, SOUNDS, away());
    expect(screen.getByText("Reconnecting…")).toBeTruthy();
    expect(screen.getAllByRole("status")[0]?.textContent).toContain("The connection was lost.");
    expect(screen.getByText("We’ll keep the last 10 seconds of what you say.")).toBeTruthy();
    expect(screen.queryByText(/^Connected over/)).toBeNull();
    await person.click(button("End Session"));
    expect(session.end).toHaveBeenCalledOnce();
    store.dispatch(CONNECTED);
    await screen.findByText("Connected over WebRTC");
    expect(screen.queryByText("Reconnecting…")).toBeNull();
  });

  it("ends the call, also while it is still being made", async () => {
    const { session, person } = show({ type: "start" });
    await person.click(button("End Session"));
    expect(session.end).toHaveBeenCalledOnce();
  });

  it("says what failed and what to do, and offers to try again", async () => {
    const { session, person } = show({ type: "start" }, { type: "failed", failure: failure("microphone-missing") });
    expect(screen.getByRole("alert").textContent).toContain("No microphone found.");
    expect(screen.getByRole("alert").textContent).toContain("Connect a microphone");
    await person.click(button("Try again"));
    expect(session.start).toHaveBeenCalledOnce();
  });

  it("goes on with what was said after an end that the person did not choose, or begins anew", async () => {
    const { session, person } = show(...LIVE, ASKED, { type: "end", reason: IDLE_OVER });
    expect(screen.getByText(IDLE_OVER.message)).toBeTruthy();
    await person.click(button("Continue"));
    expect(session.goOn).toHaveBeenCalledOnce();
    await person.click(button("Start over"));
    expect(session.start).toHaveBeenCalledOnce();
  });

  it("counts down to its own next try, which can be made at once or called off", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    onTestFinished(() => { vi.useRealTimers(); });
    const { session, person } = show({ type: "start" }, { type: "failed", failure: failure("gateway-busy"), retryAtMs: Date.now() + 5_000 });
    expect(screen.getByRole("timer").textContent).toBe("5 s");
    // Or the alert would be read again every second.
    expect(within(screen.getByRole("alert")).queryByRole("timer")).toBeNull();
    await person.click(button("Try now"));
    expect(session.start).toHaveBeenCalledOnce();
    await person.click(button("Cancel"));
    expect(session.cancelRetry).toHaveBeenCalledOnce();
  });

  it("warns of a limit with a countdown, and lets the person say that they are there", async () => {
    const { session, person, store } = show(...LIVE, { type: "warned", warning: IDLE_SOON });
    expect(screen.getByRole("timer").textContent).toMatch(/^\d+ s$/);
    await person.click(button("I’m still here"));
    expect(session.stay).toHaveBeenCalledOnce();
    store.dispatch(ASKED);
    await eventually(() => { expect(screen.queryByRole("timer")).toBeNull(); });
    store.dispatch({ type: "warned", warning: { code: "cost_limit_near", message: "80% is used.", hint: "", endsAtMs: null } });
    await person.click(await screen.findByRole("button", { name: "OK" }));
    expect(session.ignoreWarning).toHaveBeenCalledOnce();
  });

  it("hides words that are still being said from screen readers, and brings the settled ones as something new", async () => {
    const interim = says({ type: "user_transcript", id: 1, text: "What's the", final: false });
    const { store } = show(...LIVE, interim);
    const before = screen.getByText("What's the").parentElement;
    expect(before?.getAttribute("aria-hidden")).toBe("true");
    store.dispatch(ASKED);
    const after = (await screen.findByText("What's the weather in Paris?")).parentElement;
    expect(after?.getAttribute("aria-hidden")).toBe("false");
    expect(after).not.toBe(before);
    expect(before?.isConnected).toBe(false);
  });

  it("sends what is typed and empties the box; nothing for blanks", async () => {
    const { session, person } = show(...LIVE);
    const box = screen.getByRole("textbox", { name: "Message" });
    await person.type(box, "   {Enter}");
    expect(session.sendText).not.toHaveBeenCalled();
    await person.clear(box);
    await person.type(box, "Hello{Enter}");
    expect(session.sendText).toHaveBeenCalledWith("Hello");
    expect((box as HTMLTextAreaElement).value).toBe("");
  });

  it("begins with questions that can be pressed instead of spoken", async () => {
    const { session, person } = show(...LIVE);
    await person.click(button("“What time is it in Tokyo?”"));
    expect(session.sendText).toHaveBeenCalledWith("What time is it in Tokyo?");
  });

  it("shows a tool's card with its name, what it was asked, its answer and its time", () => {
    show(...LIVE, CALLED, LOOKED_UP);
    const log = screen.getByRole("log").textContent;
    for (const part of ["Weather", "city", "Paris", "12 degrees, light rain", "1.3 s"]) expect(log).toContain(part);
  });

  it("strikes the words that were never heard, and says so to those who do not see it", () => {
    show(...LIVE, ANSWERED, says({ type: "heard", turn: 1, ms: 500, chars: 6 }));
    const struck = document.querySelector("s");
    expect(struck?.textContent).toBe("12 degrees in Paris.");
    expect(screen.getByRole("log").textContent).toContain("(not heard:)");
  });

  it("shows the last latency", () => {
    show(...LIVE, SOUNDS);
    expect(screen.getByText("0.5 s")).toBeTruthy();
  });

  it("says that the voice stays here when the engine is local, and names the model otherwise", () => {
    const { store } = show(...LIVE);
    expect(screen.getByText(". Your voice stays on this computer.")).toBeTruthy();
    cleanup();
    store.dispatch({ type: "end" });
    show(...LIVE, says({ type: "upstream", status: "live", backend: "vertex", model: "gemini-live", detail: "" }));
    expect(screen.getByText(/Gemini Live/)).toBeTruthy();
  });

  it("offers speaker mode when the loudspeaker is heard, and takes it", async () => {
    const { session, person } = show(...LIVE, SOUNDS, { type: "echoing", echoing: true });
    await person.click(button("Not now"));
    expect(session.ignoreEcho).toHaveBeenCalledOnce();
    await person.click(button("Turn on speaker mode"));
    expect(session.settings.getSnapshot().speakerMode).toBe(true);
    expect(screen.getByText(/it can’t hear you while it’s talking/)).toBeTruthy();
  });

  it("says aloud what a key has done", async () => {
    const { session, person } = show(...LIVE, ANSWERED);
    await person.keyboard("c");
    expect(screen.getByText("Captions off")).toBeTruthy();
    expect(screen.queryByRole("log")).toBeNull();
    await person.keyboard("-");
    expect(screen.getByText("Volume 90 percent")).toBeTruthy();
    expect(session.settings.getSnapshot()).toMatchObject({ captions: false, volume: 0.9 });
  });

  it("goes on with the conversation of the page before it, if there is one", () => {
    const { session } = show();
    expect(session.resume).toHaveBeenCalledOnce();
  });
});
