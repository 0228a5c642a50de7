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
  const say = (verdict: "ok" | "warn" | "fail", detail: string, remedy = "") => finding("browser", "This browser", verdict, detail, remedy);
  if (!secure || !microphone) {
    return say("fail", "The browser hides the microphone from this address.", "Open this page over https, or as http://localhost on the machine itself.");
  }
  if (!sound) return say("fail", "It cannot play or record sound as a conversation needs it.", "Update the browser, or use a current Chrome, Edge, Firefox or Safari.");
  if (!webrtc && !websocket) return say("fail", "It has neither WebRTC nor WebSockets.", "Update the browser, or switch off the extension that forbids them.");
  if (!webrtc) return say("warn", "It has no WebRTC, or an extension switched it off. Calls go over a WebSocket.", "Allow WebRTC for the quickest answers.");
  const words = "It has everything that a conversation needs.";
  return say("ok", compression ? words : `${words} It cannot compress the voice, so a call needs a network that is not slow.`);
}

export function judgeHealth(health: Health | null): readonly Finding[] {
  if (!health) {
    return [
      finding("gateway", "Gateway", "fail", "It does not answer.", "Start it (make run, or the uvicorn command of the README) and check REACT_APP_API_URL."),
    ];
  }
  return [judgeGateway(health), ...(health.upstream ? [judgeUpstream(health.upstream)] : []), ...judgeEngine(health)];
}

function judgeGateway({ status, version, sessions, breaker }: Health): Finding {
  const say = (verdict: "ok" | "warn" | "fail", detail: string, remedy = "") => finding("gateway", "Gateway", verdict, detail, remedy);
  const running = version === undefined ? "" : `Version ${version}${sessions ? `, ${sessions.active ?? 0} of ${sessions.max ?? 0} lines in use` : ""}.`;
  if (status === "ok") return say("ok", running || "It takes calls.");
  if (status === "stopping") return say("warn", `It is being restarted. ${running}`.trim(), "Wait a few seconds and check again.");
  if (breaker?.state === "open") return say("warn", `It refuses calls for a moment: ${breaker.why ?? "the voice service failed"}.`, "Wait a little and check again.");
  if (sessions && (sessions.active ?? 0) >= (sessions.max ?? Infinity)) return say("warn", `All lines are busy. ${running}`, "Wait, or raise S2S_MAX_SESSIONS.");
  return say("warn", `It answers, but takes no calls now. ${running}`.trim(), "The findings below say why; so does the page /health.");
}

const BACKENDS: Readonly<Record<string, string>> = { vertex: "Vertex AI", developer: "Gemini Developer API", emulator: "Local engine" };

function judgeUpstream(upstream: NonNullable<Health["upstream"]>): Finding {
  const { backend = "", model = "", region = "", why = "", fault = "", warnings = [], reachable } = upstream;
  const who = `${BACKENDS[backend] ?? "Unknown service"}, ${model || "no model"}${region ? `, region ${region}` : ""}${why ? ` (${why})` : ""}.`;
  const say = (verdict: "ok" | "warn" | "fail", detail: string, remedy = "") => finding("upstream", "AI service, credentials and model", verdict, detail, remedy);
  if (fault) return say("fail", `${who} ${fault}`, "Correct it in backend/.env and start the gateway again.");
  if (reachable === false) {
    const remedy = backend === "emulator" ? "It starts again by itself; wait a few seconds and check again." : "Check the gateway's way to the internet, its proxy, and GCP_REGION.";
    return say("fail", `${who} The gateway cannot reach it.`, remedy);
  }
  if (upstream.last_failure) return say("warn", `${who} Its last call failed: ${upstream.last_failure}`, "Check the key, the model name and the region in backend/.env, if calls fail now.");
  if (warnings.length > 0) return say("warn", `${who} ${warnings.join(" ")}`, "Correct it in backend/.env and start the gateway again.");
  return say("ok", who);
}

function judgeEngine({ engine, upstream }: Health): readonly Finding[] {
  if (!engine) return [];
  const { state = "", message = "" } = engine;
  const say = (verdict: "ok" | "warn" | "fail", detail: string, remedy = "") => finding("engine", "Local engine", verdict, detail, remedy);
  if (state === "missing") return [say("fail", message || "A part of it is missing.", "Run make setup, then start the gateway again.")];
  if (state === "ready") return [say("ok", message || "It is loaded. Your voice stays on this machine.")];
  if (state === "down") return [say("warn", message || "It stopped and is started again.", "Wait a few seconds and check again.")];
  return [say(upstream?.reachable ? "ok" : "warn", message || "It is loading.", "The first answer takes a little longer.")];
}

export function judgeLevel(level: InputLevel): Finding {
  const say = (verdict: "ok" | "warn" | "fail", detail: string, remedy = "") => finding("microphone", "Microphone", verdict, detail, remedy);
  const background = Number.isFinite(level.noiseDb) ? `background at ${whole(level.noiseDb)} dB` : "no background at all";
  const heard = `Speech at ${whole(level.speechDb)} dB, ${background}.`;
  if (level.speechDb < DEAD_DB) {
    return say("fail", "It gives nothing but silence.", "Check that it is not switched off at its own switch, and choose the right one in the settings.");
  }
  if (level.clippedShare > CLIPPED) {
    return say("warn", `It is too loud: ${percent(level.clippedShare)} of the sound is cut off. ${heard}`, "Turn the microphone down in the system's sound settings, or move away from it a little.");
  }
  if (level.speechDb < QUIET_DB) {
    return say("warn", `It is very quiet, or you did not speak. ${heard}`, "Speak during this step. If you did, turn the microphone up or come closer.");
  }
  if (level.noiseDb > NOISY_DB) return say("warn", `The background is loud. ${heard}`, "A headset, a closed window or another room helps.");
  return say("ok", heard);
}

export function judgeEcho(echo: EchoFound | null): Finding {
  const say = (verdict: "ok" | "warn", detail: string, remedy = "") => finding("echo", "Echo", verdict, detail, remedy);
  if (!echo) return say("ok", "The microphone does not hear the loudspeaker: headphones, or an echo canceller that works.");
  const heard = `The loudspeaker comes back after about ${whole(echo.delayMs)} ms at ${whole(echo.gainDb)} dB.`;
  if (echo.gainDb < STRONG_ECHO_DB) return say("ok", `${heard} That is faint enough.`);
  return say("warn", `${heard} The AI may hear and interrupt itself.`, "Use headphones, turn the loudspeaker down, or switch on speaker mode in the settings.");
}

export function judgeUdp(path: Path | null, why = ""): Finding {
  const say = (verdict: "ok" | "warn" | "fail", detail: string, remedy = "") => finding("udp", "Direct way (WebRTC, UDP)", verdict, detail, remedy);
  if (!path) {
    return say("fail", why || "No UDP gets through to the gateway.", "A firewall, VPN or proxy blocks it. Calls go over the WebSocket; for the quickest answers ask for UDP, or set a TURN server with S2S_TURN_URLS.");
  }
  if (path.type === "relay") return say("warn", "Only by way of a TURN server.", "It works; a network that lets UDP through is quicker.");
  return say("ok", path.type === "host" ? "It works, straight to the gateway." : "It works, through a router's address translation.");
}

/** Neither the direct path nor the relay is tried: no network is to blame, and no TURN server helps. */
export function withoutWebRtc(id: "udp" | "turn", title: string): Finding {
  return finding(id, title, "none", "This browser has no WebRTC. Calls go over the WebSocket.");
}

/** `path` undefined: no TURN server is set. */
export function judgeTurn(path: Path | null | undefined, why = ""): Finding {
  const title = "Detour (TURN)";
  if (path === undefined) return finding("turn", title, "none", "No TURN server is set. Where UDP is blocked, the WebSocket stands in for it.");
  if (!path) return finding("turn", title, "warn", why || "The TURN server does not carry a connection.", "Check its address and password: S2S_TURN_URLS and S2S_TURN_SECRET, or S2S_ICE_SERVERS.");
  return finding("turn", title, "ok", `It works, over ${path.protocol.toUpperCase()}.`);
}

export function judgeSocket(works: boolean, why = ""): Finding {
  if (works) return finding("websocket", "Stand-in (WebSocket)", "ok", "It works.");
  return finding("websocket", "Stand-in (WebSocket)", "fail", why || "No WebSocket reaches the gateway.", "A proxy must let WebSockets through (headers Upgrade and Connection).");
}

export function judgeQuality(exchange: Exchange | null): Finding {
  const say = (verdict: "ok" | "warn" | "fail" | "none", detail: string, remedy = "") => finding("quality", "Quality of the network", verdict, detail, remedy);
  if (!exchange || exchange.sent === 0) return say("none", "Nothing got through that could be measured.");
  const { sent, roundTripsMs } = exchange;
  const loss = 1 - roundTripsMs.length / sent;
  const sorted = [...roundTripsMs].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? Infinity;
  const jitter = meanChange(roundTripsMs);
  const measured = `Round trip ${whole(median)} ms, jitter ${whole(jitter)} ms, ${percent(loss)} lost of ${sent}.`;
  const remedy = "Come closer to the Wi-Fi, use a cable, or stop what else loads the line.";
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
