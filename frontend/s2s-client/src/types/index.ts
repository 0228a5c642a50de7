/** The wire's types (generated) and the few that only the page uses. */
export * from "./wire.gen";

/** What the voice is doing at the loudspeaker, as the playback worklet reports it. */
export interface PlayedReport {
  /** `first`: the turn's first sample sounds; `progress`: every 100 ms; `end`: it ran out; `flush`: it was silenced. */
  readonly kind: "first" | "progress" | "end" | "flush";
  readonly turn: number;
  /** Voice of the turn that has been played, in ms, rounded down. */
  readonly ms: number;
}

/** What carries the frames and messages. */
export type Carrier = "webrtc" | "websocket";

/**
 * Why the WebSocket carries the call: no way for UDP was found, the browser has no WebRTC, the gateway refused the
 * offer, WebRTC was not ready in time, the person chose it in the settings, or the network loses more than sending
 * everything twice can mend.
 */
export type Detour = "udp-blocked" | "no-webrtc" | "refused" | "slow" | "wished" | "lossy";

/** Why it is compressed: the setting, the browser's own data saver, the kind of network, or sound that waits unsent. */
export type Saving = "wished" | "data-saver" | "slow-network" | "backlog";

export interface Connection {
  readonly carrier: Carrier;
  /** null where nothing stood in WebRTC's way. */
  readonly detour: Detour | null;
  /** WebRTC through a TURN server. */
  readonly relayed?: boolean;
  /** Everything is sent twice: the network loses sound, or the person wants it so. */
  readonly twice?: boolean;
  /** The person wants it so. */
  readonly twiceWished?: true;
  /** The voice is compressed, and why. */
  readonly saving?: Saving;
}

/** The connection to the server was lost and is being made again. Times by the local clock, in ms. */
export interface Outage {
  /** Nothing answers at the server's address although this device is online; else the network may be at fault. */
  readonly serverStopped: boolean;
  /** Until then all speech since the loss is kept; after that only the last 10 s. */
  readonly keptUntilMs: number;
  /** When it is tried again; null while it is tried. */
  readonly nextTryAtMs: number | null;
}

/** Why a call cannot go on, as text for the user. */
export interface Failure {
  readonly code: FailureCode;
  readonly message: string;
  /** What the person can do about it. */
  readonly hint: string;
  /** For the operator of the server: settings, files, status codes. Shown when it is asked for. */
  readonly details?: string;
  /** When it is worth trying again, where the gateway has said so. */
  readonly retryAfterS?: number;
}

export type FailureCode =
  | "microphone-refused"
  | "microphone-missing"
  | "microphone-busy"
  | "microphone-failed"
  | "insecure-origin"
  | "audio-unsupported"
  | "gateway-unreachable"
  | "origin-refused"
  | "gateway-busy"
  | "gateway-stopping"
  | "too-many-requests"
  | "too-many-sessions-from-address"
  | "day-limit"
  | "identity-limit"
  | "budget-unavailable"
  | "paid-calls-off"
  | "upstream-unavailable"
  | "not-signed-in"
  | "not-open"
  | "signed-out"
  | "token-failed"
  | "gateway-error"
  | "upstream-refused"
  | "connection-failed"
  | "session-gone"
  | "connection-lost"
  | "server-stopped"
  | "continued-elsewhere"
  | "let-go"
  | "camera-refused"
  | "camera-missing"
  | "camera-failed"
  | "picture-unreadable"
  | "pictures-not-taken"
  | "pictures-too-fast"
  | "report-not-recorded"
  | "report-too-late"
  | "report-not-saved";
