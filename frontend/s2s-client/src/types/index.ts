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

/** Why a call cannot go on, in words for people. */
export interface Failure {
  readonly code: FailureCode;
  readonly message: string;
  /** What the person can do about it. */
  readonly hint: string;
}

export type FailureCode =
  | "microphone-refused"
  | "microphone-missing"
  | "microphone-busy"
  | "microphone-failed"
  | "insecure-origin"
  | "audio-unsupported"
  | "gateway-unreachable"
  | "gateway-busy"
  | "gateway-error"
  | "upstream-refused"
  | "connection-failed"
  | "connection-lost";
