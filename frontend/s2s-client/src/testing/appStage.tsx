/** The page with a session that tells what its buttons do: for tests of the app. */
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { vi } from "vitest";
import { App } from "../App";
import { Choices } from "../app/choices";
import { SignIn } from "../app/signIn";
import { CallArchive } from "../features/recording/callArchive";
import { Insights } from "../features/insights/insights";
import { ImageSharing } from "../features/sharing/imageSharing";
import { PageApi, type SessionChoices } from "../services/pageApi";
import { SettingsStore } from "../state/settings";
import { type SessionEvent, SessionStore } from "../state/sessionState";
import type { Outage, Phase, ToBrowser } from "../types";

export const says = (message: ToBrowser): SessionEvent => ({ type: "message", message });
export const READY = says({
  type: "ready",
  session_id: "s",
  backend: "emulator",
  model: "gemini-3.8-live",
  tools: ["get_weather"],
  images: true,
  wire: 1,
  input_rate: 16000,
  output_rate: 24000,
  frame_ms: 20,
});
export const LIVE: SessionEvent[] = [{ type: "start" }, { type: "microphone-open" }, READY];
export const CONNECTED: SessionEvent = { type: "connected", connection: { carrier: "webrtc", detour: null } };
export const phase = (name: Phase): SessionEvent => says({ type: "state", phase: name });
export const ASKED = says({ type: "user_transcript", id: 1, text: "What's the weather in Paris?", final: true });
export const CALLED = says({ type: "tool_call", id: "t", name: "get_weather", args: { city: "Paris" }, title: "Looking up the weather" });
export const LOOKED_UP = says({ type: "tool_result", id: "t", ok: true, summary: "12 degrees, light rain", took_ms: 1340 });
export const ANSWERED = says({ type: "model_transcript", turn: 1, text: "It is 12 degrees in Paris.", at_ms: 0 });
export const SOUNDS: SessionEvent = { type: "voice-started", turn: 1, latencyMs: 512 };

/** The connection is lost; `news`: what is known of it. */
export const away = (news: Partial<Outage> = {}): SessionEvent => ({ type: "away", outage: { serverStopped: false, keptUntilMs: Date.now() + 10_000, nextTryAtMs: null, ...news } });

export const IDLE_SOON = { code: "idle_limit_near", message: "Nobody has spoken for a while.", hint: "", endsAtMs: Date.now() + 30_000 };
export const IDLE_OVER = { code: "idle_limit", message: "Nobody has spoken, so it was ended.", hint: "" };

/** The page in the state that `events` lead to, with what its buttons do written down. */
export function show(...events: SessionEvent[]) {
  const store = new SessionStore();
  const settings = new SettingsStore(null);
  const choices = new Choices(() => gateway.options());
  events.forEach((event) => {
    store.dispatch(event);
  });
  const session = {
    subscribe: store.subscribe,
    getSnapshot: store.getSnapshot,
    start: vi.fn(() => Promise.resolve()),
    goOn: vi.fn(() => Promise.resolve()),
    cancelRetry: vi.fn(),
    tryNow: vi.fn(),
    stay: vi.fn(),
    ignoreWarning: vi.fn(),
    report: vi.fn(() => Promise.resolve({ name: "r.jsonl.gz", seconds: 12, bytes: 3_000, audio: false, complete: true })),
    interrupt: vi.fn(),
    sendText: vi.fn(),
    setMuted: vi.fn(),
    turnOnMicrophone: vi.fn(() => Promise.resolve()),
    talk: vi.fn(),
    ignoreEcho: vi.fn(),
    resume: vi.fn(() => Promise.resolve(false)),
    playbackPosition: vi.fn(() => null),
    offers: vi.fn(() => Promise.resolve(OFFERS)),
    voiceSample: vi.fn(() => Promise.resolve(new ArrayBuffer(8))),
    settings,
    calls: new CallArchive(store, settings),
    insight: new Insights(null, null),
    imageSharing: new ImageSharing(store, new PageApi("")),
    apiUrl: "",
    choices,
    signIn: new SignIn(choices.load, null, null),
    callerHeaders: vi.fn(() => Promise.resolve({})),
    deleteEverything: vi.fn(() => Promise.resolve({ left: [], service: { reports: 0, recordings: 0, stays: [] } })),
    end: vi.fn(),
    readMicrophone: vi.fn(),
    readVoice: vi.fn(),
  };
  const { container } = render(<App session={session} />);
  return { session, container, person: userEvent.setup(), store };
}

export const UPSTREAM = { backend: "emulator", model: "gemini-3.8-live", on_this_machine: true } as const;
export const OFFERS = { upstream: UPSTREAM, voices: ["Kore", "Puck"], one_voice: true, tools: [{ name: "get_weather", description: "The weather of a place." }] };
/** What it answers. */
export const gateway: { options: () => Promise<SessionChoices> } = { options: () => Promise.resolve(OFFERS) };

export const button = (name: string) => screen.getByRole("button", { name });
