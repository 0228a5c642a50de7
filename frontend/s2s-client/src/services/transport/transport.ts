/** The session's one way to the gateway, over WebRTC or a WebSocket: it survives the loss of either. */
import type { Connection, Failure, FromBrowser, Hello, Ping, ToBrowser } from "../../types";
import type { CreatedSession } from "../gatewayApi";
import type { Numbers } from "./turnNumbering";

export interface TransportEvents {
  /** What is being waited for. */
  readonly onStep: (step: "session" | "network") => void;
  /** The call has a carrier: at first, and each time it came back. */
  readonly onConnected: (connection: Connection) => void;
  /** The connection was lost; the same session is being joined again. */
  readonly onConnectionLost: () => void;
  /** The session is gone, and with it what it was about to say. A new one is asked for right after this. */
  readonly onSessionLost: () => void;
  /** A new session has taken its place: the gateway was restarted, or the old one had ended. It has no carrier yet. */
  readonly onSessionReplaced: (why: "restarted" | "ended") => void;
  /** A voice frame, header included. */
  readonly onAudio: (frame: ArrayBuffer) => void;
  readonly onControl: (message: ToBrowser) => void;
  /** Whether the line has room for more than the conversation. Not called before it is known. */
  readonly onSpareBandwidth: (spare: boolean) => void;
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
