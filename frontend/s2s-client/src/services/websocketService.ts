/** The gateway over one WebSocket, for networks without UDP: binary messages are audio, text messages are control messages. */
import type { FromBrowser, ToBrowser } from "../types";
import { failure } from "../shared/callErrors";
import { LinkFault, type Link, type LinkEvents } from "./transport/connection";
import type { AudioChannel } from "./transport/micSendQueue";

/** The gateway's close code for an unknown session. */
const NO_SUCH_SESSION = 4404;

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
      const gone = code === NO_SUCH_SESSION ? failure("session-gone") : null;
      events.onFault(new LinkFault(`the WebSocket was closed with ${code}`, "slow", gone));
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
