/** Lines to the gateway's echo: a peer connection or a WebSocket. The browser's side of `GET /api/probe` and its neighbours. */
import { FRAME_MS, HEADER_BYTES, INPUT_SAMPLES } from "../../types";
import type { EchoConnection } from "./diagnosticSteps";
import type { Exchange, Path } from "./thresholds";
import { pause, withTimeout } from "./withTimeout";

export interface ProbeInfo {
  readonly ice_servers: readonly { readonly urls: string[]; readonly username: string | null; readonly credential: string | null }[];
}

/** As large as a microphone frame. */
const MESSAGE_BYTES = HEADER_BYTES + 2 * INPUT_SAMPLES;
const GATHER_MS = 4_000;
const OPEN_MS = 8_000;
const ANSWER_MS = 10_000;
/** What is not back by then is lost for a conversation. */
const STRAGGLERS_MS = 1_000;

/** What both kinds of line can do. */
interface Wire {
  send(data: ArrayBuffer): void;
  onmessage: ((event: MessageEvent<ArrayBuffer>) => void) | null;
}

async function exchange(wire: Wire, count: number, signal: AbortSignal): Promise<Exchange> {
  const sentAt: number[] = [];
  const roundTripsMs: number[] = [];
  const all = new Promise<void>((resolve) => {
    wire.onmessage = ({ data }) => {
      const at = new DataView(data).getUint32(0);
      const sent = sentAt[at];
      if (sent !== undefined) roundTripsMs.push(performance.now() - sent);
      if (roundTripsMs.length === count) resolve();
    };
  });
  const begun = performance.now();
  for (let at = 0; at < count; at++) {
    const message = new ArrayBuffer(MESSAGE_BYTES);
    new DataView(message).setUint32(0, at);
    sentAt.push(performance.now());
    wire.send(message);
    await pause(Math.max(0, begun + (at + 1) * FRAME_MS - performance.now()), signal);
  }
  await withTimeout(all, STRAGGLERS_MS, "late", signal).catch((reason: unknown) => {
    if (signal.aborted) throw reason;
  });
  wire.onmessage = null;
  return { sent: count, roundTripsMs };
}

async function ask(url: string, init: RequestInit, signal: AbortSignal): Promise<unknown> {
  const answer = await fetch(url, { ...init, cache: "no-store", signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]) });
  if (answer.ok) return answer.json();
  const problem = (await answer.json().catch(() => ({}))) as { readonly title?: string; readonly hint?: string };
  throw new Error(problem.title ? `${problem.title}. ${problem.hint ?? ""}`.trim() : `The server answered with status ${answer.status}.`);
}

/** The gateway, and the headers that prove to it who asks. */
export interface Asked {
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string>>;
}

export const probeInfo = ({ baseUrl, headers }: Asked, signal: AbortSignal): Promise<ProbeInfo> => ask(`${baseUrl}/api/probe`, { headers }, signal) as Promise<ProbeInfo>;

export const isTurn = ({ urls }: { readonly urls: readonly string[] }): boolean => urls.some((url) => /^turns?:/.test(url));

/** Throws an Error with words for people. */
export async function openPeer({ baseUrl, headers }: Asked, { ice_servers: servers }: ProbeInfo, way: "any" | "relay", signal: AbortSignal): Promise<EchoConnection> {
  const iceServers = servers.map(({ urls, username, credential }) => (username !== null && credential !== null ? { urls, username, credential } : { urls }));
  let peer: RTCPeerConnection;
  try {
    peer = new RTCPeerConnection({ iceServers, iceTransportPolicy: way === "relay" ? "relay" : "all" });
  } catch {
    throw new Error("This browser has no WebRTC.");
  }
  const channel = peer.createDataChannel("probe", { ordered: false, maxRetransmits: 0 });
  channel.binaryType = "arraybuffer";
  try {
    const opened = new Promise<void>((resolve) => {
      channel.onopen = () => {
        resolve();
      };
    });
    const offer = await gather(peer, way, signal);
    const body = JSON.stringify({ sdp: offer.sdp, type: "offer" });
    const answer = await ask(`${baseUrl}/api/probe/offer`, { method: "POST", headers: { ...headers, "Content-Type": "application/json" }, body }, signal);
    await peer.setRemoteDescription(answer as RTCSessionDescriptionInit);
    await withTimeout(opened, OPEN_MS, "No UDP gets through to the server.", signal);
    const path = await pathOf(peer);
    return { path, exchange: (count, stop) => exchange(channel, count, stop), close: () => { peer.close(); } };
  } catch (reason) {
    peer.close();
    throw reason;
  }
}

/** The offer with all its candidates, or with those that were found in time. */
async function gather(peer: RTCPeerConnection, way: "any" | "relay", signal: AbortSignal): Promise<RTCSessionDescription> {
  let found = 0;
  const complete = new Promise<void>((resolve) => {
    peer.onicecandidate = ({ candidate }) => {
      if (candidate?.candidate) found++;
      if (!candidate) resolve();
    };
  });
  await peer.setLocalDescription();
  await withTimeout(complete, GATHER_MS, "late", signal).catch((reason: unknown) => {
    if (signal.aborted) throw reason;
  });
  if (found === 0) throw new Error(way === "relay" ? "The relay doesn’t answer." : "The browser found no way out for UDP.");
  if (!peer.localDescription) throw new Error("The browser couldn’t start a connection.");
  return peer.localDescription;
}

async function pathOf(peer: RTCPeerConnection): Promise<Path> {
  const stats = await peer.getStats();
  const all: Record<string, unknown>[] = [];
  stats.forEach((one: Record<string, unknown>) => all.push(one));
  const pair = all.find(({ type, nominated, state }) => type === "candidate-pair" && nominated === true && state === "succeeded");
  const own = all.find(({ id }) => id === pair?.["localCandidateId"]);
  const text = (value: unknown, otherwise: string) => (typeof value === "string" ? value : otherwise);
  return { type: text(own?.["candidateType"], "host"), protocol: text(own?.["relayProtocol"] ?? own?.["protocol"], "udp") };
}

/** Throws an Error with words for people. */
export async function openSocket(baseUrl: string, signal: AbortSignal): Promise<EchoConnection> {
  const url = new URL(`${baseUrl}/api/probe/ws`, window.location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  const opened = new Promise<void>((resolve, reject) => {
    socket.onopen = () => {
      resolve();
    };
    socket.onclose = ({ code }) => {
      reject(new Error(code === 4429 ? "Too many tests. Try again in a minute." : "No WebSocket reaches the server."));
    };
  });
  try {
    await withTimeout(opened, OPEN_MS, "No WebSocket reaches the server.", signal);
  } catch (reason) {
    socket.close();
    throw reason;
  }
  return { path: null, exchange: (count, stop) => exchange(socket, count, stop), close: () => { socket.close(); } };
}
