/** What the screen says about each state: a headline, and a line that helps. Pure. */
import type { Connection, Detour, Saving } from "../types";
import { phaseOf, type Live, type SessionState } from "../state/sessionState";
import { runningTool, titleOf } from "../state/toolLabels";

export interface StatusText {
  readonly headline: string;
  readonly help: string;
  /** For the operator of the server. */
  readonly details?: string;
}

const STEPS = {
  session: "Reaching the service…",
  network: "Making the voice connection…",
  greeting: "Greeting the AI…",
} as const;

/** What the page knows beside the conversation. */
export interface Circumstances {
  /** Whether the browser will ask for the microphone; null where it does not tell. */
  readonly permission: PermissionState | null;
  readonly speakerMode: boolean;
}

const WILL_ASK = "When you start, your browser asks for the microphone. It is open during the conversation only.";

export function statusText(state: SessionState, { permission, speakerMode }: Circumstances): StatusText {
  switch (state.status) {
    case "idle":
      return {
        headline: "Ready when you are",
        help: permission === "prompt" ? WILL_ASK : "Your microphone opens when you start, and closes when you end.",
      };
    case "requesting-microphone":
      return { headline: "May I listen?", help: "Your browser asks for the microphone. Please allow it." };
    case "connecting":
      return { headline: STEPS[state.step], help: "You can already speak; nothing is lost." };
    case "ended":
      if (!state.reason) return { headline: "Session ended", help: "The microphone is closed." };
      return { headline: state.reason.message, help: `The microphone is closed. ${state.reason.hint}`.trim() };
    case "failed":
      return { headline: state.failure.message, help: state.failure.hint, ...(state.failure.details && { details: state.failure.details }) };
    case "live":
      return liveWords(state, speakerMode);
  }
}

/** What can be done about it stands below: see OutageNotice. */
const AWAY: StatusText = { headline: "Reconnecting…", help: "The connection was lost." };
const SERVER_STOPPED: StatusText = { headline: "The server stopped responding", help: "" };

const DETOURS: Record<Detour, string> = {
  "udp-blocked": "because UDP seems to be blocked here",
  "no-webrtc": "because this browser has no WebRTC",
  refused: "because the server refused WebRTC",
  slow: "because WebRTC took too long",
  wished: "as set in Settings",
  lossy: "because the network drops too much audio",
};

/** How the voice travels, for the quiet line. */
const SAVINGS: Readonly<Record<Saving, string>> = {
  wished: "Audio is compressed, as set in Settings",
  "data-saver": "Audio is compressed, as your browser asks to save data",
  "slow-network": "Audio is compressed: your browser reports a slow network",
  backlog: "Audio is compressed: the network is slow",
};

export function connectionText(connection: Connection): string {
  const { saving } = connection;
  return saving ? `${wayWords(connection)}. ${SAVINGS[saving]}` : wayWords(connection);
}

function wayWords({ carrier, detour, relayed, twice, twiceWished }: Connection): string {
  if (carrier === "webrtc") {
    const way = relayed ? "Connected over WebRTC through a relay" : "Connected over WebRTC";
    if (!twice) return way;
    return twiceWished ? `${way}. Sending everything twice, as set in Settings` : `${way}. The network drops audio, so everything is sent twice`;
  }
  return detour === null ? "Connected over WebSocket" : `Connected over WebSocket, ${DETOURS[detour]}`;
}

function liveWords(state: Live, speakerMode: boolean): StatusText {
  const phase = phaseOf(state);
  switch (phase) {
    case "listening":
      if (state.muted) return { headline: "Your microphone is off", help: "Unmute to speak, or type." };
      if (!state.pushToTalk) return { headline: "Listening", help: "Speak naturally." };
      return state.talking
        ? { headline: "Listening", help: "Let go when you have finished." }
        : { headline: "Your turn", help: "Hold the button or the space key while you speak." };
    case "thinking":
      return { headline: state.overdue ? "Still waiting for an answer…" : "Thinking…", help: "" };
    case "tool":
      return { headline: `${doing(state)}…`, help: "" };
    case "speaking":
      return { headline: "Speaking", help: overTheVoice(state, speakerMode) };
    case "interrupted":
      return { headline: "Stopped", help: "Go on, I am listening." };
    case "reconnecting":
      if (state.outage) return state.outage.serverStopped ? SERVER_STOPPED : AWAY;
      return { headline: "Reconnecting…", help: state.detail || "The line to the AI was lost and is being made again." };
    default:
      return { headline: "Connecting to the AI…", help: state.detail };
  }
}

function overTheVoice(state: Live, speakerMode: boolean): string {
  if (state.muted) return "Your microphone is off.";
  if (state.pushToTalk) return "Hold the button or the space key to speak over it.";
  return speakerMode ? "It does not hear you meanwhile. Press Interrupt AI to stop it." : "Talk over it, or press Interrupt AI.";
}

function doing(state: SessionState): string {
  const tool = runningTool(state);
  return tool ? titleOf(tool) : "Using a tool";
}
