/** What the screen says about each state: a headline, and a line that helps. Pure. */
import type { MicrophoneOutlook } from "../services/media/devices";
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
  session: "Connecting…",
  network: "Setting up audio…",
  greeting: "Almost ready…",
} as const;

/** What the page knows beside the conversation. */
export interface Circumstances {
  /** What a start with a microphone would meet; null where the browser does not tell. */
  readonly outlook: MicrophoneOutlook | null;
  readonly speakerMode: boolean;
  /** The page is used by finger: there is no space key. */
  readonly touch?: boolean;
}

/** What is said about the microphone before a call. */
const OUTLOOKS: Readonly<Record<MicrophoneOutlook, string>> = {
  granted: "Your mic is only on during a conversation.",
  prompt: "Your browser will ask to use your mic. It’s only on during the conversation.",
  denied: "Your microphone is blocked for this page. To talk, click the lock or mic icon in the address bar and choose Allow. Or type instead.",
  missing: "No microphone was found. To talk, connect one. Or type instead.",
  insecure: "This page needs HTTPS to use your mic. Open it over https, or on the server itself as http://localhost.",
};

export function statusText(state: SessionState, circumstances: Circumstances): StatusText {
  switch (state.status) {
    case "idle":
      return { headline: "Talk to AI. It talks back.", help: OUTLOOKS[circumstances.outlook ?? "granted"] };
    case "requesting-microphone":
      return { headline: "Allow microphone access", help: "Choose “Allow” in your browser’s prompt." };
    case "connecting":
      if (state.typing) return { headline: STEPS.session, help: "You can already type." };
      return { headline: STEPS[state.step], help: "Go ahead and talk. We’re already listening." };
    case "ended":
      if (!state.reason) return { headline: "Conversation ended", help: "Your mic is off." };
      return { headline: state.reason.message, help: `Your mic is off. ${state.reason.hint}`.trim() };
    case "failed":
      return { headline: state.failure.message, help: state.failure.hint, ...(state.failure.details && { details: state.failure.details }) };
    case "live":
      return liveWords(state, circumstances);
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

function liveWords(state: Live, circumstances: Circumstances): StatusText {
  const phase = phaseOf(state);
  switch (phase) {
    case "listening":
      return yourTurn(state, circumstances);
    case "thinking":
      return { headline: state.overdue ? "Still waiting for an answer…" : "Thinking…", help: "" };
    case "tool":
      return { headline: `${doing(state)}…`, help: "" };
    case "speaking":
      return { headline: "Speaking", help: overTheVoice(state, circumstances) };
    case "interrupted":
      return { headline: "Interrupted", help: state.microphone && !state.muted ? "Go ahead, I’m listening." : "Go ahead and type." };
    case "reconnecting":
      if (state.outage) return state.outage.serverStopped ? SERVER_STOPPED : AWAY;
      return { headline: "Reconnecting…", help: state.detail || "Lost the connection to the AI." };
    default:
      return { headline: "Connecting to the AI…", help: state.detail };
  }
}

function yourTurn(state: Live, { touch = false }: Circumstances): StatusText {
  if (!state.microphone) return { headline: "Your turn", help: "Type a message, or turn on your microphone." };
  if (state.muted) return { headline: "Your mic is off", help: "Unmute to talk, or type." };
  if (!state.pushToTalk) return { headline: "Listening", help: "Just start talking." };
  if (state.talking) return { headline: "Listening", help: "Release when you’re done." };
  return { headline: "Your turn", help: `Hold the button${touch ? "" : " or the space key"} while you talk.` };
}

function overTheVoice(state: Live, { speakerMode, touch = false }: Circumstances): string {
  if (!state.microphone || state.muted) return "Press Interrupt AI to stop it.";
  if (state.pushToTalk) return `Hold the button${touch ? "" : " or the space key"} to talk over it.`;
  return speakerMode ? "Speaker mode is on: it can’t hear you while it’s talking." : "Just talk to interrupt.";
}

function doing(state: SessionState): string {
  const tool = runningTool(state);
  return tool ? titleOf(tool) : "Using a tool";
}
