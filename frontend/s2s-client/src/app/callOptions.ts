/** What a call is made of. */
import type { Insight } from "../features/insights/insights";
import type { CallRecorder } from "../features/recording/recorder";
import type { Earlier } from "./persistedCall";
import type { SettingsStore } from "../state/settings";

/** Who goes along with a call. Pages of other people have nobody there, and load none of their code. */
export interface Company {
  /** Writes down what is heard; null where no record is wished. */
  readonly recorder: CallRecorder | null;
  /** Is told what waiting times and costs follow from. */
  readonly insight: Insight | null;
}

export interface CallOptions extends Company {
  /** Without a slash at the end; empty means the page's own origin. */
  readonly apiUrl: string;
  /** How long a lost connection is looked for again. */
  readonly comeBackMs: number;
  readonly settings: SettingsStore;
  /** What was said before, on the page before this one or in the last call, to be gone on with. */
  readonly saved: Earlier | null;
}
