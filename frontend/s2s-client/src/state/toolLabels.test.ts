import { expect, it } from "vitest";
import { statusText } from "../components/statusText";
import { reduce, type SessionEvent, type SessionState } from "./sessionState";
import { runningTool, titleOf, toolHeading, toolLabel } from "./toolLabels";

const READY = { type: "ready", session_id: "s", backend: "emulator", model: "m", tools: [], images: true, wire: 1, input_rate: 16000, output_rate: 24000, frame_ms: 20 } as const;
const call = (name: string, title?: string) => ({ type: "message", message: { type: "tool_call", id: name, name, args: {}, ...(title && { title }) } }) as const;
const answer = (id: string) => ({ type: "message", message: { type: "tool_result", id, ok: true, summary: "", took_ms: 1 } }) as const;

function after(...events: readonly SessionEvent[]): SessionState {
  const live: readonly SessionEvent[] = [{ type: "start" }, { type: "microphone-open" }, { type: "message", message: READY }, { type: "message", message: { type: "state", phase: "tool" } }];
  return [...live, ...events].reduce(reduce, { status: "idle" });
}

const headline = (state: SessionState) => statusText(state, { outlook: null, speakerMode: false }).headline;

it("says what the AI is doing as the gateway says it, of the function that runs", () => {
  const state = after(call("get_weather", "Looking up the weather"), call("get_current_time", "Looking at the clock"), answer("get_current_time"));
  expect(headline(state)).toBe("Looking up the weather…");
  expect(runningTool(state)?.title).toBe("Looking up the weather");
  expect(headline(reduce(state, answer("get_weather")))).toBe("Using a tool…");
});

it("makes words of a name where the gateway has none", () => {
  expect(headline(after(call("get_weather")))).toBe("Using the tool get weather…");
  expect(titleOf({ name: "setLights" })).toBe("Using the tool set lights");
  expect(["getUserID", "home.lights-on", "GetWeather", "search", "_x__y_"].map(toolLabel)).toEqual(["get user ID", "home lights on", "get weather", "search", "x y"]);
  expect(["get_current_time", "getUserID", "search", "get", "get_"].map(toolHeading)).toEqual(["Current time", "User ID", "Search", "Get", "Get"]);
});
