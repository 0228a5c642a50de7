/** What the screen says about each state: a headline, and a line that helps. Pure. */
import type { Connection, Detour } from "../types";
import { linesOf, phaseOf, type Live, type SessionState } from "../session/state";

export interface Words {
  readonly headline: string;
  readonly help: string;
}

const STEPS = {
  session: "Reaching the gateway…",
  network: "Making the voice connection…",
  greeting: "Greeting the AI…",
} as const;

export function wordsFor(state: SessionState): Words {
  switch (state.status) {
    case "idle":
      return { headline: "Ready when you are", help: "Your microphone opens when you start, and closes when you end." };
    case "requesting-microphone":
      return { headline: "May I listen?", help: "Your browser asks for the microphone. Please allow it." };
    case "connecting":
      return { headline: STEPS[state.step], help: "You can already speak; nothing is lost." };
    case "ended":
      return { headline: "Session ended", help: "The microphone is closed." };
    case "failed":
      return { headline: state.failure.message, help: state.failure.hint };
    case "live":
      return liveWords(state);
  }
}

const AWAY: Words = {
  headline: "Reconnecting…",
  help: "The connection was lost. Trying again by itself; go on speaking, your last 10 seconds are kept.",
};

const DETOURS: Record<Detour, string> = {
  "udp-blocked": "because UDP seems to be blocked here",
  "no-webrtc": "because this browser offers no WebRTC",
  refused: "because the gateway refused WebRTC",
  slow: "because WebRTC took too long",
};

/** How the voice travels, for the quiet line. */
export function connectionWords({ carrier, detour }: Connection): string {
  if (carrier === "webrtc") return "Connected over WebRTC";
  return detour === null ? "Connected over WebSocket" : `Connected over WebSocket, ${DETOURS[detour]}`;
}

function liveWords(state: Live): Words {
  const phase = phaseOf(state);
  switch (phase) {
    case "listening":
      return state.muted
        ? { headline: "Your microphone is off", help: "Unmute to speak, or type." }
        : { headline: "Listening", help: "Speak naturally." };
    case "thinking":
      return { headline: "Thinking…", help: "" };
    case "tool":
      return { headline: `Using ${runningTool(state) ?? "a tool"}…`, help: "" };
    case "speaking":
      return { headline: "Speaking", help: state.muted ? "Your microphone is off." : "Talk over it, or press Interrupt AI." };
    case "interrupted":
      return { headline: "Stopped", help: "Go on, I am listening." };
    case "reconnecting":
      if (state.away) return AWAY;
      return { headline: "Reconnecting…", help: state.detail || "The line to the AI was lost and is being made again." };
    default:
      return { headline: "Connecting to the AI…", help: state.detail };
  }
}

function runningTool(state: SessionState): string | undefined {
  const running = linesOf(state).findLast((line) => line.kind === "tool" && line.result === null);
  return running?.kind === "tool" ? running.name : undefined;
}
