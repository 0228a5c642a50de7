/** For the tests of the transport: browser and gateway at the boundary, played by hand. */
import { afterEach, beforeEach, vi } from "vitest";
import { readHeader } from "../audio/pcm";
import { HEADER_BYTES, INPUT_SAMPLES, type Connection, type Failure, type FromBrowser, type Outage, type ToBrowser } from "../types";
import { GatewayApi, type HistoryTurn } from "../services/gatewayApi";
import { openTransport } from "../services/transport/openTransport";

type Sent = FromBrowser | { readonly seq: number; readonly number: number };

class Wire {
  readyState: string | number;
  bufferedAmount = 0;
  readonly sent: Sent[] = [];
  onopen: (() => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;

  constructor(connecting: string | number) {
    this.readyState = connecting;
  }

  send(data: string | ArrayBuffer): void {
    if (typeof data === "string") this.sent.push(JSON.parse(data) as FromBrowser);
    else this.sent.push({ seq: readHeader(data, INPUT_SAMPLES)?.seq ?? -1, number: new DataView(data).getInt16(HEADER_BYTES, true) });
  }

  says(message: ToBrowser): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

/** One connection, as the stories see it: what went up, and the ways in which it opens and dies. */
export interface FakeLink {
  readonly control: Wire;
  readonly audio: Wire;
  readonly isClosed: boolean;
  open(): void;
  /** `code` is the WebSocket's; a peer connection has none. */
  drop(code?: number): void;
}

class FakeSocket extends Wire implements FakeLink {
  static readonly OPEN = 1;
  readonly control = this;
  readonly audio = this;
  binaryType = "blob";

  constructor(readonly url: URL) {
    super(0);
    stage?.sockets.push(this);
  }
  get isClosed(): boolean {
    return this.readyState === 3;
  }
  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }
  drop(code = 1006): void {
    this.readyState = 3;
    this.onclose?.({ code });
  }
  close(): void {
    this.readyState = 3;
  }
}

export class FakePeer implements FakeLink {
  readonly channels: Record<string, Wire> = {};
  readonly stats = new Map<string, object>();
  connectionState = "new";
  iceConnectionState = "new";
  localDescription: { type: string; sdp: string } | null = null;
  onicecandidate: ((event: { candidate: { candidate: string } | null }) => void) | null = null;
  onconnectionstatechange: (() => void) | null = null;

  iceServers: RTCIceServer[];

  constructor({ iceServers }: { iceServers: RTCIceServer[] }) {
    this.iceServers = iceServers;
    stage?.peers.push(this);
  }
  get control(): Wire {
    return this.channel("control");
  }
  get audio(): Wire {
    return this.channel("audio");
  }
  get isClosed(): boolean {
    return this.connectionState === "closed";
  }
  channel(label: string): Wire {
    return (this.channels[label] ??= new Wire("connecting"));
  }
  createDataChannel(label: string): Wire {
    return this.channel(label);
  }
  setLocalDescription(): Promise<void> {
    this.localDescription = { type: "offer", sdp: "v=0" };
    return Promise.resolve();
  }
  setConfiguration({ iceServers }: { iceServers: RTCIceServer[] }): void {
    this.iceServers = iceServers;
  }
  setRemoteDescription(): Promise<void> {
    return Promise.resolve();
  }
  getStats(): Promise<ReadonlyMap<string, object>> {
    return Promise.resolve(this.stats);
  }
  open(): void {
    for (const label of ["audio", "control"]) {
      this.channel(label).readyState = "open";
      this.channel(label).onopen?.();
    }
  }
  drop(): void {
    for (const wire of [this.audio, this.control]) wire.readyState = "closed";
    this.control.onclose?.({ code: 0 });
  }
  becomes(state: string): void {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }
  close(): void {
    this.connectionState = "closed";
    for (const wire of [this.audio, this.control]) wire.readyState = "closed";
  }
}

let stage: NetworkStage | null = null;

export class NetworkStage {
  readonly peers: FakePeer[] = [];
  readonly sockets: FakeSocket[] = [];
  readonly requests: string[] = [];
  /** What the page was told. */
  readonly told: (string | Connection | Failure)[] = [];
  readonly heard: ToBrowser[] = [];
  /** What is known of the lost connection. */
  outage: Outage | null = null;
  readonly spare: boolean[] = [];
  /** Status of the answers to offers; 404: no session lasts. */
  offers = 200;
  offerTakesMs = 0;
  /** What `createSession` answers instead of a session. */
  refuses: { readonly status: number; readonly code: string; readonly retryAfterS?: number } | null = null;
  gatewayListens = true;
  /** Whether there is a TURN server, and whether its password is renewed. */
  relay = false;
  renews = true;
  /** What was said so far. */
  history: HistoryTurn[] = [];
  /** The bodies of what was asked of `createSession`. */
  readonly asked: string[] = [];
  readonly transport = openTransport(
    {
      api: new GatewayApi("http://gateway"),
      reconnectLimitMs: 45_000,
      firstFrame: 0,
      request: { voice: "Kore" },
      existing: null,
      socketOnly: false,
      history: () => this.history,
    },
    {
      onStep: () => undefined,
      onConnected: (connection) => {
        this.outage = null;
        this.told.push(connection);
      },
      onOutage: (outage) => {
        if (!this.outage) this.told.push("away");
        this.outage = outage;
      },
      onSessionLost: () => this.told.push("gone"),
      onSessionReplaced: (why) => this.told.push(`renewed: ${why}`),
      onAudio: () => undefined,
      onControl: (message) => this.heard.push(message),
      onSpareBandwidth: (spare) => this.spare.push(spare),
      onLost: (failure) => this.told.push(failure),
    },
  );
  #frames = 0;
  #sessions = 0;
  #passwords = 0;
  #forgotten = 0;

  constructor() {
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- the browser's constructors know no stage
    stage = this;
    vi.stubGlobal("WebSocket", FakeSocket);
    vi.stubGlobal("RTCPeerConnection", FakePeer);
    vi.stubGlobal("fetch", (url: string, init: { method?: string; body?: string; headers?: Record<string, string> } = {}) => {
      const id = /session\/(s\d+)/.exec(url)?.[1];
      if (id && init.headers?.Authorization !== `Bearer key-of-${id}`) return json(401, { code: "session_key_required" });
      if (url.endsWith("/create")) this.asked.push(init.body ?? "");
      return this.#answer(url, init.method ?? "GET");
    });
  }

  /** The microphone's next 20 ms, numbered from 1. */
  speak(frames = 1): void {
    for (let n = 0; n < frames; n++) {
      const frame = new ArrayBuffer(HEADER_BYTES + 2 * INPUT_SAMPLES);
      new DataView(frame).setInt16(HEADER_BYTES, ++this.#frames, true);
      this.transport.sendAudio(frame);
    }
  }

  /** The transport with an open link over WebRTC. */
  async live(): Promise<FakePeer> {
    const opened = this.transport.open();
    await pass(0);
    const peer = this.peer(0);
    peer.open();
    await opened;
    return peer;
  }

  /** The gateway was restarted: it knows none of its sessions any more. */
  forget(): void {
    this.#forgotten = this.#sessions;
  }

  peer(at: number): FakePeer {
    return found(this.peers, at);
  }

  socket(at: number): FakeSocket {
    return found(this.sockets, at);
  }

  #newSession(): object {
    const session_id = `s${++this.#sessions}`;
    return { session_id, session_key: `key-of-${session_id}`, ice_servers: this.#relays() };
  }

  #relays(): object[] {
    return this.relay ? [{ urls: ["turn:relay.example"], username: `u${++this.#passwords}`, credential: "c" }] : [];
  }

  #answer(url: string, method: string): Promise<Response> {
    this.requests.push(`${method} ${url.replace("http://gateway", "")}`);
    if (!this.gatewayListens) return Promise.reject(new TypeError("Failed to fetch"));
    if (url.endsWith("/create") && this.refuses) {
      const { status, code, retryAfterS } = this.refuses;
      return json(status, { code }, retryAfterS === undefined ? {} : { "Retry-After": `${retryAfterS}` });
    }
    if (url.endsWith("/create")) return json(201, this.#newSession());
    if (url.endsWith("/ice-servers")) return this.renews ? json(200, { ice_servers: this.#relays() }) : json(500, {});
    const known = Number(/session\/s(\d+)/.exec(url)?.[1]) > this.#forgotten;
    if (url.endsWith("/offer") && (this.offers === 404 || !known)) return json(404, { code: "session_not_found" });
    if (url.endsWith("/offer")) return later(this.offerTakesMs, () => json(this.offers, { type: "answer", sdp: "v=0" }));
    return Promise.resolve(new Response(null, { status: 204 }));
  }
}

/** Gives each test of a file its own stage, and takes it down again. Time stands still until it is let pass. */
export function onNetworkStages(take: (net: NetworkStage) => void): void {
  let net: NetworkStage;
  beforeEach(() => {
    vi.useFakeTimers();
    // Expected failures are logged to the console.
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    // Without jitter.
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    net = new NetworkStage();
    take(net);
  });
  afterEach(() => {
    net.transport.close();
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
    vi.useRealTimers();
  });
}

/** Lets `ms` pass, with everything that becomes due. */
export async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}

function later<T>(ms: number, value: () => Promise<T>): Promise<T> {
  return ms === 0 ? value() : new Promise((settle) => setTimeout(() => { settle(value()); }, ms));
}

function json(status: number, body: object, headers: Record<string, string> = {}): Promise<Response> {
  return Promise.resolve(new Response(JSON.stringify(body), { status, headers }));
}

function found<T>(all: readonly T[], at: number): T {
  const one = all[at];
  if (one === undefined) throw new RangeError(`there is no connection ${at}, only ${all.length}`);
  return one;
}
