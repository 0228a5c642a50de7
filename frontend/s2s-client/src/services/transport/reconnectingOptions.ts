/** The options of one conversation's transport. */
import type { CreatedSession, HistoryTurn, SessionRequest } from "../gatewayApi";
import type { Numbers } from "./turnNumbering";

export interface ReconnectingOptions {
  /** How long reconnecting is attempted. */
  readonly reconnectLimitMs: number;
  /** Number of the first microphone frame. */
  readonly firstFrame: number;
  readonly request: SessionRequest;
  /** An existing session, left by a page that was reloaded. */
  readonly existing: CreatedSession | null;
  /** The transcript so far, for a session that replaces a lost one. */
  readonly history: () => readonly HistoryTurn[];
  /** Counters of an earlier page or call. */
  readonly numbers?: Numbers | undefined;
  /** Do not try WebRTC. */
  readonly socketOnly: boolean;
}
