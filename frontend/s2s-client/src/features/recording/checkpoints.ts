/**
 * Saves a call while it runs: a page that is closed or crashes has no time to do so at its end. The transcript is saved every
 * few seconds. Saving audio each time would make the call stutter, so it is added when the page is hidden, which is also the
 * last event before a page is closed.
 */
import type { RecordedCall } from "./callRecord";
import type { CallRecorder } from "./recorder";

export const EVERY_MS = 5_000;
/** More audio than this takes longer to write than a closing page has. */
const MAX_SOUND_BYTES = 60_000_000;

export class Checkpoints {
  readonly #timer: ReturnType<typeof setInterval>;
  #items = -1;

  constructor(
    private readonly recorder: Pick<CallRecorder, "snapshot">,
    private readonly keep: (call: RecordedCall) => unknown,
  ) {
    this.#timer = setInterval(this.#words, EVERY_MS);
    document.addEventListener("visibilitychange", this.#onVisibility);
    window.addEventListener("pagehide", this.#all);
  }

  /** Stops; the caller saves the finished call as a whole. Safe to call twice. */
  stop(): void {
    clearInterval(this.#timer);
    document.removeEventListener("visibilitychange", this.#onVisibility);
    window.removeEventListener("pagehide", this.#all);
  }

  /** Saves the transcript. Does not replace a checkpoint with audio if nothing has happened since. */
  readonly #words = (): void => {
    const { record } = this.recorder.snapshot(Date.now());
    if (record.items.length === this.#items) return;
    this.#items = record.items.length;
    this.keep({ record, sound: null });
  };

  readonly #onVisibility = (): void => {
    if (document.visibilityState === "hidden") this.#all();
  };

  readonly #all = (): void => {
    const { record, sound } = this.recorder.snapshot(Date.now());
    this.#items = record.items.length;
    const bytes = sound ? sound.person.bytes + sound.ai.bytes : 0;
    this.keep({ record, sound: bytes > MAX_SOUND_BYTES ? null : sound });
  };
}
