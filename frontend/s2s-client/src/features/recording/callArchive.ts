/** Has each call written down while it lasts, offers the record to the screen, and keeps it on the device if wished. */
import type { SettingsStore } from "../../state/settings";
import type { SessionStore } from "../../state/sessionState";
import type { RecordedCall } from "./callRecord";
import type { CallDatabase } from "./callDatabase";
import { Checkpoints } from "./checkpoints";
import { CallRecorder, soundLimitNotice } from "./recorder";
import type { ReportKeys } from "./reportKeys";

export interface ArchiveState {
  /** There is a record: of the call that runs, or of the last one. */
  readonly exists: boolean;
  /** Whether the last call stays on this device. */
  readonly onDevice: "no" | "yes" | "no-room" | "failed";
}

const NOTHING: ArchiveState = { exists: false, onDevice: "no" };

export class CallArchive {
  #kept = NOTHING;
  #recorder: CallRecorder | null = null;
  #history: Promise<CallDatabase> | null = null;
  #reportKeys: Promise<ReportKeys> | null = null;
  #checkpoints: Checkpoints | null = null;
  /** Settles when no call is being written any more. */
  #writes: Promise<unknown> = Promise.resolve();
  readonly #listeners = new Set<() => void>();

  constructor(
    private readonly store: SessionStore,
    private readonly settings: SettingsStore,
  ) {
    settings.subscribe(() => {
      if (!settings.getSnapshot().sound) this.#recorder?.dropSound();
    });
  }

  readonly getSnapshot = (): ArchiveState => this.#kept;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** The call that runs, as far as it is, or the last one; null where no record was wished. */
  readonly call = (): RecordedCall | null => this.#recorder?.snapshot(Date.now()) ?? null;

  /** The calls on this device; their code is fetched when it is needed. */
  readonly history = (): Promise<CallDatabase> => {
    this.#history ??= import("./callDatabase").then(({ CallDatabase: History }) => new History());
    return this.#history;
  };

  /** The keys of reported calls on this device. */
  readonly reportKeys = (): Promise<ReportKeys> => {
    this.#reportKeys ??= import("./reportKeys").then(({ ReportKeys: Keys }) => new Keys());
    return this.#reportKeys;
  };

  /** Before a call's first event. The record of the call before it is forgotten. */
  startRecording(nowMs: number): CallRecorder | null {
    const { record, sound, history } = this.settings.getSnapshot();
    // Its code now, when nothing sounds: on a slow line it would be a hole in the first answer. The caller gets the error.
    if (record && history) this.history().catch(() => undefined);
    const recorder = record
      ? new CallRecorder({ id: newId(nowMs), startedAtMs: nowMs, sound })
      : null;
    this.#recorder = recorder;
    this.#checkpoints?.stop();
    this.#checkpoints = recorder && new Checkpoints(recorder, (call) => { this.#write(this.#checkpoint(call)); });
    this.store.observer = recorder && this.#onEvent(recorder);
    this.#notify({ exists: recorder !== null, onDevice: "no" });
    return recorder;
  }

  /** Drops the record, also that of a running call, and deletes every call on this device. Rejects if the browser refuses. */
  readonly deleteEverything = async (): Promise<void> => {
    this.#checkpoints?.stop();
    this.#recorder = this.#checkpoints = this.store.observer = null;
    this.#notify(NOTHING);
    await this.#writes;
    await (await this.history()).destroy();
  };

  #onEvent(recorder: CallRecorder): SessionStore["observer"] {
    let told = false;
    return (event, state) => {
      const nowMs = Date.now();
      recorder.onEvent(event, state, nowMs);
      if (!told && state.status === "live" && recorder.isFull(nowMs)) {
        told = true;
        const { text, hint } = soundLimitNotice();
        this.store.dispatch({ type: "remark", failure: { message: text, hint } });
      }
      if (event.type !== "end" && event.type !== "failed") return;
      this.store.observer = null;
      this.#checkpoints?.stop();
      this.#write(this.#save(recorder.snapshot(nowMs)));
    };
  }

  #write(written: Promise<void>): void {
    this.#writes = Promise.all([this.#writes, written]);
  }

  /** What there is of a call that still runs; at its end the whole takes its place. */
  async #checkpoint(call: RecordedCall): Promise<void> {
    if (!this.#isWorthKeeping(call)) return;
    try {
      await (await this.history()).save(call);
    } catch (fault) {
      console.warn("S2S: the call could not be kept on this device so far.", fault);
    }
  }

  #isWorthKeeping({ record }: RecordedCall): boolean {
    return this.settings.getSnapshot().history && record.items.some(({ kind }) => kind === "person" || kind === "answer");
  }

  async #save(call: RecordedCall): Promise<void> {
    if (!this.#isWorthKeeping(call)) return;
    try {
      const history = await this.history();
      this.#notify({ exists: true, onDevice: (await history.save(call)) ? "yes" : "no-room" });
    } catch (fault) {
      console.warn("S2S: the call could not be kept on this device.", fault);
      this.#notify({ exists: true, onDevice: "failed" });
    }
  }

  #notify(kept: ArchiveState): void {
    this.#kept = kept;
    this.#listeners.forEach((listener) => {
      listener();
    });
  }
}

/** Not the browser's UUID: pages that did not come over https or from this machine have none. */
const newId = (nowMs: number): string => `${nowMs.toString(36)}-${Math.random().toString(36).slice(2, 10)}`;
