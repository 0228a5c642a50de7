/** The door to the gateway, whatever carries it: WebRTC now; a WebSocket can stand beside it. */
import type { FromBrowser, ToBrowser, Failure } from "../types";
import { openWebRtc } from "./webrtcService";

export interface TransportEvents {
  /** What is being waited for. */
  readonly onStep: (step: "session" | "network") => void;
  /** A voice frame, header included. */
  readonly onAudio: (frame: ArrayBuffer) => void;
  readonly onControl: (message: ToBrowser) => void;
  /** The connection is gone for good; called at most once, never after `close`. */
  readonly onLost: (failure: Failure) => void;
}

export interface Transport {
  /** 20 ms of microphone behind 12 free bytes. Before the channel opens the last 10 s are kept and then sent. */
  sendAudio(frame: ArrayBuffer): void;
  /** Before the channel opens, messages wait in order. */
  sendControl(message: FromBrowser): void;
  /** Makes session and connection; settles when both channels are open. Throws CallFailure. */
  open(): Promise<void>;
  /** Ends the session at the gateway and frees everything. Safe to call twice, and while the page goes away. */
  close(): void;
}

export function openTransport(apiUrl: string, events: TransportEvents): Transport {
  return openWebRtc(apiUrl, events);
}
