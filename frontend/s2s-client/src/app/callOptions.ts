/** The parts and options of a call. */
import type { MutedSpeech } from "../audio/mutedSpeech";
import type { Insights } from "../features/insights/insights";
import type { CallRecorder } from "../features/recording/recorder";
import type { GatewayApi } from "../services/gatewayApi";
import type { EarlierCall } from "./persistedCall";
import type { SettingsStore } from "../state/settings";

/** Observers of a call. Embedding pages have none and load none of their code. */
export interface CallObservers {
  /** Records what is heard; null if recording is off. */
  readonly recorder: CallRecorder | null;
  /** Collects latency and cost data. */
  readonly insight: Insights | null;
  /** Notices that a muted user speaks; null where nothing would tell them. */
  readonly mutedSpeech: MutedSpeech | null;
}

export interface CallOptions extends CallObservers {
  readonly api: GatewayApi;
  /** How long reconnecting is attempted. */
  readonly reconnectLimitMs: number;
  readonly settings: SettingsStore;
  /** The transcript of the previous page or call, to be continued. */
  readonly saved: EarlierCall | null;
  /** Whether the call begins without a microphone. */
  readonly typing: boolean;
}
