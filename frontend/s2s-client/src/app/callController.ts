/** Starts and ends calls, one after another: what every page needs. The app's own session adds to it; see geminiSession. */
import type { Failure } from "../types";
import { Call } from "./call";
import type { CallOptions, Company } from "./callOptions";
import { CallFailure, failure } from "../shared/callErrors";
import { Retries } from "./startRetry";
import type { Earlier } from "./persistedCall";
import { type SettingsShelf, SettingsStore } from "../state/settings";
import { linesOf, SessionStore } from "../state/sessionState";
import type { Ending } from "../state/limitWarnings";
import { isManual } from "./sessionOptions";

export type ConductorOptions = Pick<CallOptions, "apiUrl" | "comeBackMs">;

const NOBODY: Company = { recorder: null, insight: null };

export class Conductor {
  protected readonly store = new SessionStore();
  readonly subscribe = this.store.subscribe;
  readonly getSnapshot = this.store.getSnapshot;
  readonly settings: SettingsStore;
  protected call: Call | null = null;
  /** What the last call was, for one that goes on with it. */
  #earlier: Earlier | null = null;
  readonly #retries = new Retries(() => void this.begin(this.#earlier));

  /** Where the gateway is, without a slash at the end; empty: the page's own origin. */
  readonly apiUrl: string;

  /** `shelf`: where the person's choices are kept. */
  constructor(
    private readonly options: ConductorOptions,
    shelf: SettingsShelf | null,
  ) {
    this.apiUrl = options.apiUrl;
    this.settings = new SettingsStore(shelf);
  }

  /** Call it in a click. Never throws: what fails becomes the failed state. */
  readonly start = async (): Promise<void> => {
    if (this.call) return;
    this.forget();
    this.#retries.reset();
    await this.begin(null);
  };

  /** As `start`, but the AI is told what was said in the conversation that is over, and its words stay. */
  readonly goOn = async (): Promise<void> => {
    this.#retries.reset();
    await this.begin(this.#earlier && { ...this.#earlier, lines: linesOf(this.store.getSnapshot()) });
  };

  /** The page no longer tries by itself to start the conversation. */
  readonly cancelRetry = (): void => {
    this.#retries.reset();
    this.store.dispatch({ type: "retry-cancelled" });
  };

  /** "I'm still here", to a gateway that hears nobody. */
  readonly stay = (): void => {
    this.call?.stay();
  };

  /** The voice falls silent here first, then the gateway is told. */
  readonly interrupt = (): void => {
    this.call?.interrupt();
  };

  readonly sendText = (text: string): void => {
    this.call?.sendText(text);
  };

  readonly setMuted = (muted: boolean): void => {
    this.call?.setMuted(muted);
  };

  /** Push-to-talk: the key is down, or was let go. */
  readonly talk = (down: boolean): void => {
    this.call?.talk(down);
  };

  /** Releases microphone, sound, connection and the gateway's session. */
  readonly end = (): void => {
    this.#release();
    this.store.dispatch({ type: "end" });
  };

  readonly #end = (reason: Ending): void => {
    this.#release();
    this.store.dispatch({ type: "end", reason });
  };

  /** Spectra for the visualiser, 0 to 255; silence without a call. */
  readonly readMicrophone = (out: Uint8Array<ArrayBuffer>): void => {
    if (this.call) this.call.audio.readMicrophone(out);
    else out.fill(0);
  };

  readonly readVoice = (out: Uint8Array<ArrayBuffer>): void => {
    if (this.call) this.call.audio.readVoice(out);
    else out.fill(0);
  };

  /** Who goes along with the call that begins now, before its first event. */
  protected company(): Company {
    return NOBODY;
  }

  /** A call is there, as long as until `forget`. */
  protected hold(): void {
    // Nothing of a call is kept where nobody comes back to it.
  }

  /** The call is over, or another one takes its place: no page comes back to it. */
  protected forget(): void {
    // As above.
  }

  protected async begin(saved: Earlier | null): Promise<void> {
    if (this.call) return;
    this.#earlier = saved;
    const pushToTalk = isManual(this.settings.getSnapshot(), saved);
    const company = this.company();
    this.store.dispatch({ type: "start", pushToTalk, ...(saved && { lines: saved.lines }) });
    let call: Call | null = null;
    const fail = (reason: Failure): void => {
      this.#fail(call, reason);
    };
    try {
      call = this.call = new Call({ ...this.options, ...company, settings: this.settings, saved }, this.store, fail, this.end, this.#end);
      this.hold();
      await call.start();
      this.#retries.reset();
    } catch (reason) {
      fail(reason instanceof CallFailure ? reason.failure : unexpected(reason));
    }
  }

  #fail(call: Call | null, reason: Failure): void {
    // A late fault of a call that the person has ended is no news.
    if (this.call !== call) return;
    call?.cutOff();
    this.#release();
    this.store.dispatch({ type: "failed", failure: reason, retryAtMs: this.#retries.plan(reason, Date.now()) });
  }

  #release(): void {
    this.forget();
    this.#earlier = this.call?.earlier() ?? this.#earlier;
    this.call?.close();
    this.call = null;
  }
}

function unexpected(reason: unknown): Failure {
  console.error(reason);
  return failure("gateway-error", "Something went wrong in this page.", "Try again; the browser's console says more.");
}
