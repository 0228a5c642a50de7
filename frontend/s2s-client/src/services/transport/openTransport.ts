/** Builds the transport: one session, WebRTC first and the WebSocket as its fallback. */
import type { Connection, Saving } from "../../types";
import type { Robustness } from "../../audio/jitterTarget";
import { isLoopback } from "../../shared/apiUrl";
import { LinkFault } from "./connection";
import type { GatewayApi } from "../gatewayApi";
import type { ReconnectingOptions } from "./reconnectingOptions";
import { ReconnectingTransport } from "./reconnectingTransport";
import { CodecNegotiator } from "./codecNegotiator";
import type { DataUse } from "./dataSaver";
import { LossMonitor } from "./lossMonitor";
import type { Transport, TransportEvents } from "./transport";
import { openWebRtc, type Route } from "../webrtcService";
import { openWebSocket } from "../websocketService";

export interface TransportOptions extends ReconnectingOptions {
  readonly api: GatewayApi;
  /** How to handle a lossy path, read repeatedly; "automatic" if left out. */
  readonly robustness?: () => Robustness;
  /** Whether to compress audio; "automatic" if left out. */
  readonly dataUse?: DataUse;
}

export function openTransport(options: TransportOptions, events: TransportEvents): Transport {
  const { api, socketOnly } = options;
  // One monitor for the whole conversation: a bad path is not trusted just because the link is new.
  const robustness = options.robustness ?? (() => "automatic" as const);
  const quality = new LossMonitor(robustness);
  // Until the route of a connection says more.
  const gatewayIsLoopback = (quality.isLocal = isLoopback(api.baseUrl, location));
  let connection: Connection | null = null;
  let saving: Saving | null = null;
  const tell = (): void => {
    if (connection) events.onConnected(saving ? { ...connection, saving } : connection);
  };
  const onConnected = (now: Connection): void => {
    connection = now;
    tell();
  };
  const codec = new CodecNegotiator(options.dataUse ?? "automatic", {
    onAudio: events.onAudio,
    onNotice: events.onControl,
    onSaving: (now) => {
      saving = now;
      tell();
    },
    onRelief: (nowMs) => {
      quality.onRelief(nowMs);
    },
  }, quality);
  // Their relay's password may be too old for another connection.
  const hasConnected = new Set(options.existing ? [options.existing.session_id] : []);
  return new ReconnectingTransport(
    api,
    ({ session_id, ice_servers }) => ({
      webrtc: (link) => {
        if (socketOnly) throw new LinkFault("the person wants the WebSocket", "wished");
        const iceServers = ice_servers.map(withoutNulls);
        const renewIceServers = hasConnected.has(session_id) && iceServers.some(({ credential }) => credential) ? () => renewed(api, session_id, iceServers) : null;
        hasConnected.add(session_id);
        const own = { sessionId: session_id, iceServers, renewIceServers, quality, gatewayIsLoopback };
        const onRoute = (route: Route): void => {
          const wished = robustness() === "robust" && ({ twiceWished: true } as const);
          onConnected({ carrier: "webrtc", detour: null, ...route, ...wished });
        };
        return openWebRtc(api, own, { ...link, onRoute });
      },
      websocket: (link) => openWebSocket(api.baseUrl, session_id, link),
    }),
    { ...events, onConnected },
    options,
    codec,
  );
}

/** The same servers with a new password; as they are if the gateway does not tell it. */
async function renewed(api: GatewayApi, sessionId: string, iceServers: RTCIceServer[]): Promise<RTCIceServer[]> {
  try {
    return (await api.iceServers(sessionId)).map(withoutNulls);
  } catch (fault) {
    console.info("S2S: the relay's password could not be renewed.", fault);
    return iceServers;
  }
}

function withoutNulls(server: {
  readonly urls: string[];
  readonly username: string | null;
  readonly credential: string | null;
}): RTCIceServer {
  const { urls, username, credential } = server;
  return username !== null && credential !== null ? { urls, username, credential } : { urls };
}
