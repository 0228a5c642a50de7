/** The door to the gateway, whatever carries it: WebRTC or a WebSocket, in one session that outlives both. */
import type { Connection, Failure, FromBrowser, Hello, Ping, ToBrowser } from "../../types";
import type { Robustness } from "../../audio/jitterTarget";
import { isLoopback } from "../../shared/apiUrl";
import { LinkFault } from "./connection";
import { GatewayApi, type CreatedSession } from "../gatewayApi";
import { LastingTransport, type LastingOptions } from "./reconnectingTransport";
import { CodecKeeper } from "./codecNegotiator";
import type { DataUse, Saving } from "./dataSaver";
import type { Numbers } from "./turnNumbering";
import { PathQuality } from "./lossMonitor";
import { openWebRtc, type Route } from "../webrtcService";
import { openWebSocket } from "../websocketService";

export interface TransportEvents {
  /** What is being waited for. */
  readonly onStep: (step: "session" | "network") => void;
  /** The call has a carrier: at first, and each time it came back. */
  readonly onConnected: (connection: Connection) => void;
  /** The connection was lost; the same session is being joined again. */
  readonly onAway: () => void;
  /** The session is gone, and with it what it was about to say. A new one is asked for right after this. */
  readonly onGone: () => void;
  /** A new session has taken its place: the gateway was restarted, or the old one had ended. It has no carrier yet. */
  readonly onRenewed: (why: "restarted" | "ended") => void;
  /** A voice frame, header included. */
  readonly onAudio: (frame: ArrayBuffer) => void;
  readonly onControl: (message: ToBrowser) => void;
  /** Whether the line has room for more than the conversation. Not called before it is known. */
  readonly onSpare: (spare: boolean) => void;
  /** The connection is gone for good; called at most once, never after `close`. */
  readonly onLost: (failure: Failure) => void;
}

export interface Transport {
  /** 20 ms of microphone behind 12 free bytes. Without a connection the last 10 s are kept and then sent. */
  sendAudio(frame: ArrayBuffer): void;
  /** Without a connection messages wait in order. */
  sendControl(message: Exclude<FromBrowser, Hello | Ping>): void;
  /** Makes session and connection; settles when something carries the call. Throws CallFailure. */
  open(): Promise<void>;
  /** Ends the session at the gateway and frees everything. Safe to call twice, and while the page goes away. */
  close(): void;
  /** Frees everything here and leaves the session at the gateway for the page that comes next. */
  leave(): void;
  /** Once it was made; null also while a new one takes the place of one that is gone. */
  readonly session: CreatedSession | null;
  /** For the page or call that goes on with this conversation. */
  readonly numbers: Numbers;
}

export interface TransportOptions extends LastingOptions {
  /** Without a slash at the end; empty means the page's own origin. */
  readonly apiUrl: string;
  /** What is done about a path that loses sound, asked again and again; "automatic" where it is left out. */
  readonly robustness?: () => Robustness;
  /** Whether the voice is compressed; "automatic" where it is left out. */
  readonly dataUse?: DataUse;
}

export function openTransport(options: TransportOptions, events: TransportEvents): Transport {
  const { apiUrl, socketOnly } = options;
  const api = new GatewayApi(apiUrl);
  // One for the whole conversation: a path that was bad is not trusted because the link is a new one.
  const robustness = options.robustness ?? (() => "automatic" as const);
  const quality = new PathQuality(robustness);
  let connection: Connection | null = null;
  let saving: Saving | null = null;
  const tell = (): void => {
    if (connection) events.onConnected(saving ? { ...connection, saving } : connection);
  };
  const onConnected = (now: Connection): void => {
    connection = now;
    tell();
  };
  const codec = new CodecKeeper(options.dataUse ?? "automatic", {
    onAudio: events.onAudio,
    onNotice: events.onControl,
    onSaving: (now) => {
      saving = now;
      tell();
    },
    onRelief: (nowMs) => {
      quality.relieved(nowMs);
    },
  });
  return new LastingTransport(
    api,
    ({ session_id, ice_servers }) => ({
      webrtc: (link) => {
        if (socketOnly) throw new LinkFault("the person wants the WebSocket", "wished");
        const iceServers = ice_servers.map(withoutNulls);
        const own = { sessionId: session_id, iceServers, quality, gatewayIsLoopback: isLoopback(apiUrl, location) };
        const onRoute = (route: Route): void => {
          const wished = robustness() === "robust" && ({ twiceWished: true } as const);
          onConnected({ carrier: "webrtc", detour: null, ...route, ...wished });
        };
        return openWebRtc(api, own, { ...link, onRoute });
      },
      websocket: (link) => openWebSocket(apiUrl, session_id, link),
    }),
    { ...events, onConnected },
    options,
    codec,
  );
}

function withoutNulls(server: {
  readonly urls: string[];
  readonly username: string | null;
  readonly credential: string | null;
}): RTCIceServer {
  const { urls, username, credential } = server;
  return username !== null && credential !== null ? { urls, username, credential } : { urls };
}
