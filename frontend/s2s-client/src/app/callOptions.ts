/** What a call is made of. */
import type { Insights } from "../features/insights/insights";
import type { CallRecorder } from "../features/recording/recorder";
import type { EarlierCall } from "./persistedCall";
import type { SettingsStore } from "../state/settings";

/** Observers of a call. Embedding pages have none and load none of their code. */
export interface CallObservers {
  /** Writes down what is heard; null where no record is wished. */
  readonly recorder: CallRecorder | null;
  /** Collects latency and cost data. */
  readonly insight: Insights | null;
}

export interface CallOptions extends CallObservers {
  /** Without a slash at the end; empty means the page's own origin. */
  readonly apiUrl: string;
  /** How long a lost connection is looked for again. */
  readonly reconnectLimitMs: number;
  readonly settings: SettingsStore;
  /** What was said before, on the page before this one or in the last call, to be gone on with. */
  readonly saved: EarlierCall | null;
}
