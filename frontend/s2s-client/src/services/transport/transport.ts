/** The session's connection to the gateway over WebRTC or a WebSocket; it survives the loss of either. */
import type { Connection, Failure, FromBrowser, Hello, Outage, Ping, ToBrowser } from "../../types";
import type { CreatedSession } from "../gatewayApi";
import type { Numbers } from "./turnNumbering";

export interface TransportEvents {
  /** What the connection attempt is waiting for. */
  readonly onStep: (step: "session" | "network") => void;
  /** The call has a carrier: for the first time, and after each reconnect. */
  readonly onConnected: (connection: Connection) => void;
  /** The connection was lost and is being made again; called once more with whatever changes until `onConnected`. */
  readonly onOutage: (outage: Outage) => void;
  /** The session is gone, and with it the answer in progress. A new one is requested right after this. */
  readonly onSessionLost: () => void;
  /** A new session has replaced it: the gateway was restarted, or the old session had ended. It has no carrier yet. */
  readonly onSessionReplaced: (why: "restarted" | "ended") => void;
  /** An audio frame, header included. */
  readonly onAudio: (frame: ArrayBuffer) => void;
  readonly onControl: (message: ToBrowser) => void;
  /** Whether the connection has bandwidth beyond the conversation. Not called before that is known. */
  readonly onSpareBandwidth: (spare: boolean) => void;
  /** The connection is gone for good; called at most once, never after `close`. */
  readonly onLost: (failure: Failure) => void;
}

export interface Transport {
  /** Sends 20 ms of microphone audio behind 12 free bytes. While disconnected, the last 10 s are kept and then sent. */
  sendAudio(frame: ArrayBuffer): void;
  /** Sends a control message. While disconnected, messages are queued in order. */
  sendControl(message: Exclude<FromBrowser, Hello | Ping>): void;
  /** Creates session and connection; settles once a carrier is open. Throws CallFailure. */
  open(): Promise<void>;
  /** Makes the next attempt of an outage now. */
  tryNow(): void;
  /** Ends the session at the gateway and releases everything. Safe to call twice, and while the page unloads. */
  close(): void;
  /** Releases everything here but leaves the session at the gateway, for the next page. */
  leave(): void;
  /** The session once it was created; null also while it is being replaced. */
  readonly session: CreatedSession | null;
  /** The counters for a page or call that continues this conversation. */
  readonly numbers: Numbers;
}
