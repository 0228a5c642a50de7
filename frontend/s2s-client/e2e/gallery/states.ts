/** Every state of the call screen, each as the events that lead to it. */
import { failure } from "../../src/shared/callErrors";
import type { SessionEvent } from "../../src/state/sessionState";
import type { Phase, ToBrowser } from "../../src/types";

const says = (message: ToBrowser): SessionEvent => ({ type: "message", message });
const phase = (name: Phase): SessionEvent => says({ type: "state", phase: name });
const asked = (id: number, text: string, final = true): SessionEvent => says({ type: "user_transcript", id, text, final });
const answered = (turn: number, text: string, atMs = 0): SessionEvent => says({ type: "model_transcript", turn, text, at_ms: atMs });

const READY = says({
  type: "ready",
  session_id: "gallery",
  backend: "emulator",
  model: "gemini-3.8-live",
  tools: ["get_weather"],
  images: true,
  wire: 1,
  input_rate: 16000,
  output_rate: 24000,
  frame_ms: 20,
});
const LIVE: readonly SessionEvent[] = [
  { type: "start" },
  { type: "connected", connection: { carrier: "webrtc", detour: null } },
  { type: "microphone-open" },
  READY,
];
const GREETED: readonly SessionEvent[] = [
  ...LIVE,
  asked(1, "What time is it in Tokyo?"),
  answered(1, "It is twenty past nine in the evening in Tokyo."),
  { type: "voice-started", turn: 1, latencyMs: 512 },
  { type: "voice-stopped", turn: 1 },
];
const WEATHER = asked(2, "And what’s the weather in Paris?");
const CALLED = says({ type: "tool_call", id: "t", name: "get_weather", args: { city: "Paris" }, title: "Looking up the weather" });
const LOOKED_UP = says({ type: "tool_result", id: "t", ok: true, summary: "12 degrees, light rain", took_ms: 1340 });
const STORY: readonly SessionEvent[] = [
  ...GREETED,
  WEATHER,
  CALLED,
  LOOKED_UP,
  answered(2, "In Paris it is twelve degrees with light rain. "),
  answered(2, "The evening stays mild, so take an umbrella and a light coat.", 2_600),
  phase("speaking"),
  { type: "voice-started", turn: 2, latencyMs: 512 },
];

export const STATES = {
  idle: [],
  asking: [{ type: "start" }],
  connecting: [{ type: "start" }, { type: "microphone-open" }, { type: "step", step: "network" }],
  welcome: [...LIVE, phase("listening")],
  listening: [...GREETED, phase("listening"), asked(2, "And what’s the wea", false)],
  muted: [...GREETED, phase("listening"), { type: "muted", muted: true }],
  thinking: [...GREETED, WEATHER, phase("thinking")],
  tool: [...GREETED, WEATHER, CALLED, phase("tool")],
  speaking: STORY,
  interrupted: [...STORY, { type: "interrupted", turn: 2, heardMs: 3_400 }],
  reconnecting: [...GREETED, { type: "away", outage: { serverStopped: true, keptUntilMs: Date.now() + 10_000, nextTryAtMs: Date.now() + 4_000 } }],
  ended: [...STORY, { type: "interrupted", turn: 2, heardMs: 3_400 }, { type: "end" }],
  failed: [{ type: "start" }, { type: "failed", failure: failure("gateway-unreachable") }],
  refused: [{ type: "start" }, { type: "failed", failure: failure("microphone-refused") }],
  sharing: [...GREETED, phase("listening"), { type: "watched", source: "camera" }],
  typing: [{ type: "start", typing: true }, READY, asked(1, "Hello"), phase("listening")],
  "push-to-talk": [{ type: "start", pushToTalk: true }, { type: "connected", connection: { carrier: "webrtc", detour: null } }, { type: "microphone-open" }, READY, phase("listening")],
} as const satisfies Record<string, readonly SessionEvent[]>;

export type StateName = keyof typeof STATES;
