// @vitest-environment jsdom
/** The session for other people's pages: what it tells, what the element makes of it, and that React only wraps it. */
import { cleanup, render } from "@testing-library/react";
import { StrictMode } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { CallController } from "../app/callController";
import { ElementView } from "./elementView";
import { gatewayUrl } from "./gatewayUrl";
import { LABELS, type Labels } from "./labels";
import { eventsBetween, SESSION_EVENTS, type SessionEventList } from "./sessionEvents";
import { VoiceAgent } from "./react";
import { createSession, type TokenSource } from "./s2s-client";
import { GatewayApi } from "../services/gatewayApi";
import "./s2s-voice-agent";
import { reduce, type SessionEvent, type SessionState } from "../state/sessionState";
import { eventually } from "../../tests/eventually";

/** Every event while these happen, from an idle session on. */
function told(...events: SessionEvent[]): SessionEventList[] {
  let state: SessionState = { status: "idle" };
  return events.flatMap((event) => {
    const before = state;
    state = reduce(state, event);
    return state === before ? [] : eventsBetween(before, state);
  });
}

const named = (news: readonly SessionEventList[], name: SessionEventList["name"]): unknown[] => news.filter((one) => one.name === name).map(({ detail }) => detail);

const READY = { type: "ready", session_id: "s", backend: "emulator", model: "m", tools: [], images: true, wire: 1, input_rate: 16000, output_rate: 24000, frame_ms: 20 } as const;
const LIVE: SessionEvent[] = [{ type: "start" }, { type: "microphone-open" }, { type: "message", message: READY }];

const failing = (): Promise<Response> => Promise.reject(new TypeError("no network"));

beforeEach(() => {
  // jsdom has neither; the sound and the drawing have their own stories in a real browser.
  vi.stubGlobal("matchMedia", () => new EventTarget());
  vi.stubGlobal("ResizeObserver", class { observe = vi.fn(); disconnect = vi.fn(); });
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(null);
  vi.stubGlobal("fetch", vi.fn(failing));
});

afterEach(() => {
  cleanup();
  document.body.replaceChildren();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

it("tells phases, lines that grow and the time of an answer", () => {
  const answer = (text: string): SessionEvent => ({ type: "message", message: { type: "model_transcript", turn: 1, text, at_ms: 0 } });
  const news = told(...LIVE, { type: "message", message: { type: "state", phase: "listening" } }, answer("Hel"), answer("lo"), { type: "voice-started", turn: 1, latencyMs: 480 });
  expect(named(news, "phase")).toEqual([
    { phase: "connecting", before: "idle" },
    { phase: "listening", before: "connecting" },
    { phase: "speaking", before: "listening" },
  ]);
  expect(named(news, "line")).toMatchObject([{ index: 0, line: { pieces: [{ text: "Hel" }] } }, { index: 0, line: { pieces: [{ text: "Hel" }, { text: "lo" }] } }]);
  expect(named(news, "answered")).toEqual([{ turn: 1, latencyMs: 480 }]);
});

it("tells how it ended, once, and that a new conversation begins with nothing said", () => {
  const said: SessionEvent = { type: "message", message: { type: "user_transcript", id: 1, text: "Hi", final: true } };
  const news = told(...LIVE, said, { type: "end" }, { type: "start" });
  expect(named(news, "ended")).toEqual([null]);
  expect(named(news, "cleared")).toEqual([null]);
  const broken = { code: "connection-lost", message: "Lost.", hint: "Try." } as const;
  expect(named(told(...LIVE, { type: "failed", failure: broken }, { type: "retry-cancelled" }), "failed")).toEqual([broken]);
});

it("refuses settings that do not fit, keeps none on the device, and knows its own", () => {
  expect(() => createSession({ settings: { volume: 7 } })).toThrow("volume cannot be 7");
  expect(() => createSession({ settings: { colour: "red" } as object })).toThrow("no setting colour");
  const session = createSession({ gateway: "https://talk.example.org/", settings: { voice: "Kore" } });
  expect(session.settings.voice).toBe("Kore");
  expect(localStorage.length).toBe(0);
});

it("asks the page for a token for each conversation, and once more if the gateway refuses it", async () => {
  const sent: (string | null)[] = [];
  vi.stubGlobal("fetch", (_: string, init: RequestInit) => {
    sent.push(new Headers(init.headers).get("Authorization"));
    const body = JSON.stringify({ code: "credentials_refused", detail: "it has expired" });
    return Promise.resolve(new Response(body, { status: 401, headers: { "Content-Type": "application/problem+json" } }));
  });
  const asked: boolean[] = [];
  const getToken: TokenSource = ({ refused }) => {
    asked.push(refused);
    return Promise.resolve(refused ? "fresh" : "old");
  };
  const api = new GatewayApi("https://talk.example.org", getToken);
  await expect(api.createSession({})).rejects.toMatchObject({ failure: { code: "not-signed-in" } });
  expect([asked, sent]).toEqual([[false, true], ["Bearer old", "Bearer fresh"]]);
  const failing = new GatewayApi("", () => Promise.reject(new Error("the page's own server is away")));
  await expect(failing.createSession({})).rejects.toMatchObject({ failure: { code: "token-failed" } });
});

it("proves who calls with the element's token, or with what its getToken fetches", async () => {
  // jsdom has no sound to begin a call with; what the call is made of is here.
  const sent: unknown[] = [];
  const call = vi.spyOn(CallController.prototype as unknown as { startCall(this: { readonly api: GatewayApi }): Promise<void> }, "startCall");
  call.mockImplementation(async function (this: { readonly api: GatewayApi }) {
    sent.push(await this.api.callerHeaders());
  });
  const { agent } = element('<s2s-voice-agent gateway="https://talk.example.org" token="of-the-page"></s2s-voice-agent>');
  await agent.start();
  agent.getToken = () => Promise.resolve("fetched");
  await agent.start();
  expect(sent).toEqual([{ Authorization: "Bearer of-the-page" }, { Authorization: "Bearer fetched" }]);
});

it("tells in order what happens while it is told, and a listener that throws disturbs nobody", async () => {
  const session = createSession();
  const phases: string[] = [];
  session.on("phase", ({ phase }) => { if (phase === "connecting") session.end(); });
  session.on("phase", () => { throw new Error("the page's own fault"); });
  session.on("phase", ({ phase }) => phases.push(phase));
  await session.start();
  expect(phases).toEqual(["connecting", "ended"]);
});

it("finds its gateway by where its script came from", () => {
  expect(gatewayUrl("https://talk.example.org/app/s2s-voice-agent.js")).toBe("https://talk.example.org");
  expect(gatewayUrl("https://example.org/voice/app/s2s-voice-agent.js?v=2")).toBe("https://example.org/voice");
  expect(gatewayUrl("http://localhost:3000/src/embed/s2s-voice-agent.ts")).toBe("http://localhost:8000");
});

function element(html: string) {
  document.body.innerHTML = html;
  const agent = document.querySelector("s2s-voice-agent")!;
  const button = (text: string) => [...agent.shadowRoot!.querySelectorAll("button")].find((one) => one.textContent === text && !one.hidden);
  return { agent, button };
}

it("says in words why it cannot begin, to the eye, to the ear and to the page", async () => {
  const { agent, button } = element('<s2s-voice-agent gateway="https://talk.example.org"></s2s-voice-agent>');
  const heard: string[] = [];
  for (const name of SESSION_EVENTS) document.addEventListener(`s2s-${name}`, () => heard.push(name));
  button("Start Conversation")!.click();
  await eventually(() => { expect(heard).toContain("failed"); });
  const words = agent.shadowRoot!.querySelector('[role="alert"]')!;
  expect(words.textContent).toMatch(/browser couldn’t start audio/);
  expect(button("Try again")).toBeDefined();
});

it("takes attributes before settings, its own words, and properties that were set before the script came", () => {
  const { agent, button } = element('<s2s-voice-agent voice="Kore" captions="off"></s2s-voice-agent>');
  agent.settings = { voice: "Puck", language: "de-DE" };
  agent.labels = { start: "Gespräch beginnen", phases: { idle: "Bereit" } };
  expect(button("Gespräch beginnen")).toBeDefined();
  expect(agent.shadowRoot!.querySelector(".headline")!.textContent).toBe("Bereit");
  expect(agent.shadowRoot!.querySelector<HTMLElement>("[role=log]")!.hidden).toBe(true);
  const early = document.createElement("s2s-voice-agent");
  Object.defineProperty(early, "labels", { value: { start: "Los" }, configurable: true, writable: true, enumerable: true });
  document.body.append(early);
  expect(early.shadowRoot!.textContent).toContain("Los");
});

it("says what the AI does while it uses a tool in the gateway's words, or in the page's own", () => {
  const root = document.body.appendChild(document.createElement("div")).attachShadow({ mode: "open" });
  const nothing = () => undefined;
  const face = new ElementView(root, { onStart: nothing, onCancel: nothing, onInterrupt: nothing, onMute: nothing, onEnd: nothing, onTalk: nothing, onText: nothing, readMicrophone: nothing, readVoice: nothing });
  const call: SessionEvent = { type: "message", message: { type: "tool_call", id: "t", name: "get_weather", args: {}, title: "Looking up the weather" } };
  const state = [...LIVE, { type: "message", message: { type: "state", phase: "tool" } } as const, call].reduce<SessionState>(reduce, { status: "idle" });
  const words = (labels: Partial<Labels>) => {
    face.show({ state, canGoOn: false, speakerMode: false, captions: true, labels: { ...LABELS, ...labels } });
    return [root.querySelector(".headline")?.textContent, root.querySelector(".tool .who")?.textContent];
  };
  expect(words({})).toEqual(["Looking up the weather…", "Weather"]);
  expect(words({ phases: { tool: "Einen Moment" } })).toEqual(["Einen Moment", "Weather"]);
  const german = { tools: { get_weather: "Ich sehe nach dem Wetter" }, phases: { tool: "Einen Moment" } };
  expect(words(german)).toEqual(["Ich sehe nach dem Wetter…", "Ich sehe nach dem Wetter"]);
  face.close();
});

it("is the same element in React, which hands over options, words and listeners", async () => {
  const onPhase = vi.fn();
  const onFailed = vi.fn();
  const labels = { start: "Hablar" };
  const view = render(
    <StrictMode>
      <VoiceAgent gateway="https://talk.example.org" options={{ voice: "Kore" }} labels={labels} className="desk" captions={false} onPhase={onPhase} onFailed={onFailed} />
    </StrictMode>,
  );
  const agent = view.container.querySelector("s2s-voice-agent")!;
  expect([agent.gateway, agent.className, agent.getAttribute("captions"), agent.settings.voice]).toEqual(["https://talk.example.org", "desk", "off", "Kore"]);
  agent.shadowRoot!.querySelector("button")!.click();
  await eventually(() => { expect(onFailed).toHaveBeenCalledWith(expect.objectContaining({ code: "audio-unsupported" })); });
  expect(onPhase).toHaveBeenCalledWith({ phase: "connecting", before: "idle" });
});
