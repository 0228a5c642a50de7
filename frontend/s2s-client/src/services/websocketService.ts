/** The gateway over one WebSocket, for networks without UDP: binary messages are audio, text messages are control messages. */
import type { FailureCode, FromBrowser, ToBrowser } from "../types";
import { failure } from "../shared/callErrors";
import { LinkFault, type Link, type LinkEvents } from "./transport/connection";
import type { AudioChannel } from "./transport/micSendQueue";

/** The gateway's close codes: a session key is missing or wrong, the session is unknown, another page has replaced this one. */
const FINAL_CODES: Readonly<Record<number, FailureCode>> = {
  4401: "session-gone",
  4403: "session-gone",
  4404: "session-gone",
  4409: "continued-elsewhere",
};

/**
 * Opens the WebSocket. `baseUrl` as in GatewayApi; empty means the page's own origin. Throws if the browser forbids the
 * address.
 */
export function openWebSocket(baseUrl: string, sessionId: string, events: LinkEvents): Link {
  const url = new URL(`${baseUrl}/api/session/${sessionId}/ws`, window.location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return new WebSocketLink(new WebSocket(url), events);
}

class WebSocketLink implements Link {
  readonly carrier = "websocket";
  readonly detour = "slow";
  readonly audio: AudioChannel;

  constructor(
    private readonly socket: WebSocket,
    events: LinkEvents,
  ) {
    socket.binaryType = "arraybuffer";
    this.audio = {
      get isOpen() {
        return socket.readyState === WebSocket.OPEN;
      },
      get bufferedAmount() {
        return socket.bufferedAmount;
      },
      send: (frame) => {
        socket.send(frame);
      },
    };
    socket.onopen = events.onOpen;
    socket.onmessage = ({ data }: MessageEvent<ArrayBuffer | string>) => {
      if (typeof data === "string") events.onControl(JSON.parse(data) as ToBrowser);
      else events.onAudio(data);
    };
    socket.onclose = ({ code }) => {
      const final = FINAL_CODES[code];
      events.onFault(new LinkFault(`the WebSocket was closed with ${code}`, "slow", final ? failure(final) : null));
    };
  }

  sendControl(message: FromBrowser): boolean {
    if (this.socket.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  close(): void {
    this.socket.onopen = this.socket.onmessage = this.socket.onclose = null;
    this.socket.close();
  }
}
