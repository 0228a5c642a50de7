/**
 * Keeps what there is of a call while it runs: a page that is closed or crashes has no time to do it at its end. Words
 * are kept every few seconds. Their sound would cost the call a stutter each time, so it is added when the page goes out
 * of sight, which is also the last that a page hears before it is closed.
 */
import type { RecordedCall } from "./callRecord";
import type { CallRecorder } from "./recorder";

export const EVERY_MS = 5_000;
/** Sound beyond this takes longer to write down than a closing page has. */
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

  /** The call is over; the caller saves it as a whole. Safe to call twice. */
  stop(): void {
    clearInterval(this.#timer);
    document.removeEventListener("visibilitychange", this.#onVisibility);
    window.removeEventListener("pagehide", this.#all);
  }

  /** Not over what was kept with its sound: nothing has happened since. */
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
