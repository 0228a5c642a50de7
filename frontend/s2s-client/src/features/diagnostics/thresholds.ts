/** Turns measurements into findings. Pure; the limits are here and nowhere else. */
import type { EchoFound } from "./echoDetection";
import { type Finding, finding } from "./findings";
import type { InputLevel } from "./inputLevel";

/** The capabilities of this browser at this address. */
export interface Abilities {
  readonly secure: boolean;
  readonly microphone: boolean;
  readonly sound: boolean;
  readonly webrtc: boolean;
  readonly websocket: boolean;
  /** Opus by WebCodecs, for slow networks. */
  readonly compression: boolean;
}

/** GET /health; only the operator gets more than the status. null: no answer. */
export interface Health {
  readonly status?: string;
  readonly version?: string;
  readonly sessions?: { readonly active?: number; readonly max?: number };
  readonly breaker?: { readonly state?: string; readonly why?: string };
  readonly upstream?: {
    readonly backend?: string;
    readonly model?: string;
    readonly region?: string;
    readonly reachable?: boolean;
    readonly why?: string;
    readonly last_failure?: string;
    readonly fault?: string;
    readonly warnings?: readonly string[];
  };
  readonly engine?: { readonly state?: string; readonly message?: string } | null;
}

/** A series of messages with the size and rate of audio frames, sent to an echo. */
export interface Exchange {
  readonly sent: number;
  /** Of those that came back, in order of arrival. */
  readonly roundTripsMs: readonly number[];
}

/** How a peer connection got through. `null` instead: it did not. */
export interface Path {
  /** host, srflx, prflx or relay. */
  readonly type: string;
  readonly protocol: string;
}

const POOR_ROUND_TRIP_MS = 250;
const BAD_ROUND_TRIP_MS = 800;
const POOR_JITTER_MS = 80;
const POOR_LOSS = 0.02;
const BAD_LOSS = 0.15;
const QUIET_DB = -45;
const NOISY_DB = -42;
const CLIPPED = 0.001;
const DEAD_DB = -85;
const STRONG_ECHO_DB = -35;

export function judgeAbilities({ secure, microphone, sound, webrtc, websocket, compression }: Abilities): Finding {
  const say = (verdict: "ok" | "warn" | "fail", detail: string, remedy = "") => finding("browser", "Browser", verdict, detail, remedy);
  if (!secure || !microphone) {
    return say("fail", "This page needs HTTPS to use your mic.", "Open it over https, or as http://localhost on the computer itself.");
  }
  if (!sound) return say("fail", "It can’t play or record audio the way a conversation needs.", "Update the browser, or use a current Chrome, Edge, Firefox or Safari.");
  if (!webrtc && !websocket) return say("fail", "It has neither WebRTC nor WebSockets.", "Update the browser, or turn off the extension that blocks them.");
  if (!webrtc) return say("warn", "No WebRTC, or an extension turned it off. Conversations use the fallback.", "Allow WebRTC for the fastest answers.");
  const words = "Fully supported.";
  return say("ok", compression ? words : `${words} It can’t compress audio, so conversations need a fast enough network.`);
}

export function judgeHealth(health: Health | null): readonly Finding[] {
  if (!health) {
    return [
      finding("gateway", "Server", "fail", "It doesn’t answer.", "It may be down, or you may be offline.", "Start it (make run, or the uvicorn command in the README) and check REACT_APP_API_URL."),
    ];
  }
  return [judgeGateway(health), ...(health.upstream ? [judgeUpstream(health.upstream)] : []), ...judgeEngine(health)];
}

function judgeGateway({ status, version, sessions, breaker }: Health): Finding {
  const say = (verdict: "ok" | "warn" | "fail", detail: string, remedy = "", details = "") => finding("gateway", "Server", verdict, detail, remedy, details);
  const running = version === undefined ? "" : `Version ${version}${sessions ? `, ${sessions.active ?? 0} of ${sessions.max ?? 0} slots in use` : ""}.`;
  if (status === "ok") return say("ok", running || "Ready for conversations.");
  if (status === "stopping") return say("warn", `Restarting. ${running}`.trim(), "Wait a few seconds, then test again.");
  if (breaker?.state === "open") return say("warn", `Not taking conversations for a moment: ${breaker.why ?? "the AI service failed"}.`, "Wait a little, then test again.");
  if (sessions && (sessions.active ?? 0) >= (sessions.max ?? Infinity)) return say("warn", `All conversations are in use. ${running}`, "Wait a little, then test again.", "S2S_MAX_SESSIONS raises the limit.");
  return say("warn", `It answers, but isn’t taking conversations. ${running}`.trim(), "See the results below.", "The page /health says more.");
}

const BACKENDS: Readonly<Record<string, string>> = { vertex: "Vertex AI", developer: "Gemini Developer API", emulator: "Local engine" };

function judgeUpstream(upstream: NonNullable<Health["upstream"]>): Finding {
  const { backend = "", model = "", region = "", why = "", fault = "", warnings = [], reachable } = upstream;
  // The local engine speaks the protocol of a Gemini model and is none.
  const named = backend === "emulator" ? "" : `, ${model || "no model"}${region ? `, region ${region}` : ""}`;
  const who = `${BACKENDS[backend] ?? "Unknown service"}${named}${why ? ` (${why})` : ""}.`;
  const say = (verdict: "ok" | "warn" | "fail", detail: string, remedy = "", details = "") => finding("upstream", "AI service", verdict, detail, remedy, details);
  if (fault) return say("fail", `${who} It isn’t set up correctly.`, "Ask whoever runs this server.", `${fault} Correct it in backend/.env and restart the server.`);
  if (reachable === false) {
    if (backend === "emulator") return say("fail", `${who} The server can’t reach it.`, "It restarts on its own. Wait a few seconds, then test again.");
    return say("fail", `${who} The server can’t reach it.`, "Check the server’s internet connection.", "Its proxy, and GCP_REGION.");
  }
  if (upstream.last_failure) return say("warn", `${who} Its last conversation failed.`, "If it happens again, ask whoever runs this server.", `${upstream.last_failure} Check the key, the model name and the region in backend/.env.`);
  if (warnings.length > 0) return say("warn", `${who} Its settings need a look.`, "", `${warnings.join(" ")} Correct it in backend/.env and restart the server.`);
  return say("ok", who);
}

function judgeEngine({ engine, upstream }: Health): readonly Finding[] {
  if (!engine) return [];
  const { state = "", message = "" } = engine;
  const say = (verdict: "ok" | "warn" | "fail", detail: string, remedy = "", details = "") => finding("engine", "Local engine", verdict, detail, remedy, details);
  if (state === "missing") return [say("fail", "A part of it is missing.", "Ask whoever runs this server.", `${message} Run make setup, then restart the server.`.trim())];
  if (state === "ready") return [say("ok", message || "Loaded. Your voice stays on the server.")];
  if (state === "down") return [say("warn", message || "It stopped and is restarting.", "Wait a few seconds, then test again.")];
  return [say(upstream?.reachable ? "ok" : "warn", message || "It’s loading.", "The first answer takes a little longer.")];
}

export function judgeLevel(level: InputLevel): Finding {
  const say = (verdict: "ok" | "warn" | "fail", detail: string, remedy = "") => finding("microphone", "Microphone", verdict, detail, remedy);
  const background = Number.isFinite(level.noiseDb) ? `background at ${whole(level.noiseDb)} dB` : "no background noise";
  const heard = `Speech at ${whole(level.speechDb)} dB, ${background}.`;
  if (level.speechDb < DEAD_DB) {
    return say("fail", "No sound is coming from this mic.", "Check its own switch, and pick the right one in Settings.");
  }
  if (level.clippedShare > CLIPPED) {
    return say("warn", `Too loud: ${percent(level.clippedShare)} of the sound is cut off. ${heard}`, "Turn the mic down in your system’s sound settings, or move away a little.");
  }
  if (level.speechDb < QUIET_DB) {
    return say("warn", `Very quiet, or you didn’t speak. ${heard}`, "Speak during this step. If you did, turn the mic up or move closer.");
  }
  if (level.noiseDb > NOISY_DB) return say("warn", `Loud background. ${heard}`, "A headset, a closed window or another room helps.");
  return say("ok", heard);
}

export function judgeEcho(echo: EchoFound | null): Finding {
  const say = (verdict: "ok" | "warn", detail: string, remedy = "") => finding("echo", "Echo", verdict, detail, remedy);
  if (!echo) return say("ok", "Your mic doesn’t pick up the speaker.");
  const heard = `The speaker comes back after about ${whole(echo.delayMs)} ms at ${whole(echo.gainDb)} dB.`;
  if (echo.gainDb < STRONG_ECHO_DB) return say("ok", `${heard} That’s faint enough.`);
  return say("warn", `${heard} The AI may hear and interrupt itself.`, "Use headphones, turn the speaker down, or turn on speaker mode in Settings.");
}

export function judgeUdp(path: Path | null, why = ""): Finding {
  const say = (verdict: "ok" | "warn" | "fail", detail: string, remedy = "", details = "") => finding("udp", "Direct connection (UDP)", verdict, detail, remedy, details);
  if (!path) {
    return say("fail", why || "No UDP gets through to the server.", "A firewall, VPN or proxy blocks it. Conversations use the fallback.", "For the fastest answers, allow UDP or set a TURN server with S2S_TURN_URLS.");
  }
  if (path.type === "relay") return say("warn", "Only through a relay.", "It works, but a network that allows UDP is faster.");
  return say("ok", path.type === "host" ? "Works, straight to the server." : "Works, through your router.");
}

/** Neither the direct path nor the relay is tried: no network is to blame, and no TURN server helps. */
export function withoutWebRtc(id: "udp" | "turn", title: string): Finding {
  return finding(id, title, "none", "This browser has no WebRTC. Conversations use the fallback.");
}

/** `path` undefined: no TURN server is set. */
export function judgeTurn(path: Path | null | undefined, why = ""): Finding {
  const title = "Relay (TURN)";
  if (path === undefined) return finding("turn", title, "none", "No relay is set up. Where UDP is blocked, conversations use the fallback.");
  if (!path) return finding("turn", title, "warn", why || "The relay doesn’t carry a connection.", "", "Check its address and password: S2S_TURN_URLS and S2S_TURN_SECRET, or S2S_ICE_SERVERS.");
  return finding("turn", title, "ok", `Works, over ${path.protocol.toUpperCase()}.`);
}

export function judgeSocket(works: boolean, why = ""): Finding {
  if (works) return finding("websocket", "Fallback (WebSocket)", "ok", "Works.");
  return finding("websocket", "Fallback (WebSocket)", "fail", why || "No WebSocket reaches the server.", "A proxy on the way may block it.", "It must let WebSockets through (headers Upgrade and Connection).");
}

export function judgeQuality(exchange: Exchange | null): Finding {
  const say = (verdict: "ok" | "warn" | "fail" | "none", detail: string, remedy = "") => finding("quality", "Network quality", verdict, detail, remedy);
  if (!exchange || exchange.sent === 0) return say("none", "Nothing got through to measure.");
  const { sent, roundTripsMs } = exchange;
  const loss = 1 - roundTripsMs.length / sent;
  const sorted = [...roundTripsMs].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? Infinity;
  const jitter = meanChange(roundTripsMs);
  const measured = `Round trip ${whole(median)} ms, jitter ${whole(jitter)} ms, ${percent(loss)} lost of ${sent}.`;
  const remedy = "Move closer to the Wi-Fi, use a cable, or pause other downloads.";
  if (loss > BAD_LOSS || median > BAD_ROUND_TRIP_MS) return say("fail", measured, remedy);
  if (loss > POOR_LOSS || median > POOR_ROUND_TRIP_MS || jitter > POOR_JITTER_MS) return say("warn", measured, remedy);
  return say("ok", measured);
}

/** Mean change from one round trip to the next. */
function meanChange(values: readonly number[]): number {
  const changes = values.slice(1).map((value, at) => Math.abs(value - (values[at] ?? value)));
  return changes.reduce((sum, one) => sum + one, 0) / Math.max(1, changes.length);
}

const whole = (value: number): string => (Number.isFinite(value) ? String(Math.round(value)) : "no");

const percent = (share: number): string => `${share > 0 && share < 0.01 ? (100 * share).toFixed(1) : Math.round(100 * share)} %`;
