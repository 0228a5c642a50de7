/** Starts and ends calls, one after another: what every page needs. The app's own session adds to it; see geminiSession. */
import type { Failure } from "../types";
import { Call } from "./call";
import type { CallOptions, CallObservers } from "./callOptions";
import { GatewayApi, type TokenSource } from "../services/gatewayApi";
import { CallFailure, failure } from "../shared/callErrors";
import { StartRetry } from "./startRetry";
import type { EarlierCall } from "./persistedCall";
import { type SettingsStorage, SettingsStore } from "../state/settings";
import { linesOf, SessionStore } from "../state/sessionState";
import type { Ending } from "../state/limitWarnings";
import { isManualTurnTaking } from "./sessionOptions";

export interface CallControllerOptions extends Pick<CallOptions, "reconnectLimitMs"> {
  /** Without a trailing slash; empty means the page's own origin. */
  readonly apiUrl: string;
  /** Gives what proves who calls. */
  readonly getToken?: TokenSource | undefined;
}

/** How a call begins. */
export interface StartOptions {
  /** Without a microphone, and so without the browser asking for one. Default: as the last call that failed, else with one. */
  readonly typing?: boolean;
  /** The first thing that the person says, in writing. */
  readonly text?: string;
}

const NO_OBSERVERS: CallObservers = { recorder: null, insight: null, mutedSpeech: null };

export class CallController {
  protected readonly store = new SessionStore();
  readonly subscribe = this.store.subscribe;
  readonly getSnapshot = this.store.getSnapshot;
  readonly settings: SettingsStore;
  protected call: Call | null = null;
  /** The last call's transcript, for one that continues it. */
  #earlierCall: EarlierCall | null = null;
  #typing = false;
  /** What a call that did not come about was to begin with. */
  #unsaid: string | null = null;
  readonly #retries = new StartRetry(() => void this.startCall(this.#earlierCall));

  /** The gateway's address without a trailing slash; empty means the page's own origin. */
  readonly apiUrl: string;
  /** One for all parts of the page: it knows the keys of their sessions. */
  protected readonly api: GatewayApi;

  /** `storage`: where the user's settings are kept. */
  constructor(
    private readonly options: CallControllerOptions,
    storage: SettingsStorage | null,
    api?: GatewayApi,
  ) {
    this.apiUrl = options.apiUrl;
    this.api = api ?? new GatewayApi(options.apiUrl, options.getToken);
    this.settings = new SettingsStore(storage);
  }

  /** Starts a call. Call it in a click. Never throws: an error becomes the failed state. */
  readonly start = async ({ typing = false, text }: StartOptions = {}): Promise<void> => {
    if (this.call) return;
    this.onCallEnded();
    this.#retries.reset();
    this.#typing = typing;
    this.#unsaid = text ?? this.#unsaid;
    await this.startCall(null);
  };

  /** As `start`, also in its settings, with the transcript of the previous conversation kept and sent to the model as history. */
  readonly goOn = async (): Promise<void> => {
    this.#retries.reset();
    const earlier = this.#earlierCall;
    const pushToTalk = isManualTurnTaking(this.settings.getSnapshot(), null);
    await this.startCall(earlier && { ...earlier, pushToTalk, lines: linesOf(this.store.getSnapshot()) });
  };

  /** Cancels the automatic retry of a failed start. */
  readonly cancelRetry = (): void => {
    this.#retries.reset();
    this.store.dispatch({ type: "retry-cancelled" });
  };

  /** Tells a gateway that is about to end an idle session that the user is still there. */
  readonly stay = (): void => {
    this.call?.stay();
  };

  /** Makes the next attempt to reconnect now. */
  readonly tryNow = (): void => {
    this.call?.tryNow();
  };

  /** Stops playback locally first, then notifies the gateway. */
  readonly interrupt = (): void => {
    this.call?.interrupt();
  };

  readonly sendText = (text: string): void => {
    this.call?.sendText(text);
  };

  /** Gives a call that began without a microphone one. Call it in a click. */
  readonly turnOnMicrophone = async (): Promise<void> => {
    await this.call?.turnOnMicrophone();
  };

  readonly setMuted = (muted: boolean): void => {
    this.call?.setMuted(muted);
  };

  /** Push-to-talk: the key was pressed or released. */
  readonly talk = (down: boolean): void => {
    this.call?.talk(down);
  };

  /** Releases microphone, loudspeaker, connection and the gateway's session. */
  readonly end = (): void => {
    this.#unsaid = null;
    this.#release();
    this.store.dispatch({ type: "end" });
  };

  readonly #end = (reason: Ending): void => {
    this.#release();
    this.store.dispatch({ type: "end", reason });
  };

  /** Reads the spectra for the visualizer, 0 to 255; silence without a call. */
  readonly readMicrophone = (out: Uint8Array<ArrayBuffer>): void => {
    if (this.call) this.call.audio.readMicrophone(out);
    else out.fill(0);
  };

  readonly readVoice = (out: Uint8Array<ArrayBuffer>): void => {
    if (this.call) this.call.audio.readVoice(out);
    else out.fill(0);
  };

  /** Creates the observers of the call that starts now, before its first event. */
  protected createObservers(): CallObservers {
    return NO_OBSERVERS;
  }

  /** Called when a call has started, until `onCallEnded`. */
  protected onCallStarted(): void {
    // Nothing is kept of a call that is closed for good.
  }

  /** Called when the call is over or replaced by another: no page will resume it. */
  protected onCallEnded(): void {
    // As above.
  }

  protected async startCall(saved: EarlierCall | null): Promise<void> {
    if (this.call) return;
    this.#earlierCall = saved;
    const typing = saved?.typing ?? this.#typing;
    const pushToTalk = isManualTurnTaking(this.settings.getSnapshot(), saved);
    const company = this.createObservers();
    this.store.dispatch({ type: "start", pushToTalk, typing, ...(saved && { lines: saved.lines }) });
    let call: Call | null = null;
    const fail = (reason: Failure): void => {
      this.#fail(call, reason);
    };
    try {
      call = this.call = new Call({ ...this.options, ...company, api: this.api, settings: this.settings, saved, typing }, this.store, fail, this.end, this.#end);
      this.onCallStarted();
      await call.start();
      this.#retries.reset();
      this.#sayFirst(call);
    } catch (reason) {
      fail(reason instanceof CallFailure ? reason.failure : unexpected(reason));
    }
  }

  #sayFirst(call: Call): void {
    if (this.#unsaid !== null && this.call === call) call.sendText(this.#unsaid);
    this.#unsaid = null;
  }

  #fail(call: Call | null, reason: Failure): void {
    // A late error of a call that the user has ended is ignored.
    if (this.call !== call) return;
    call?.cutOffAnswer();
    this.#release();
    this.store.dispatch({ type: "failed", failure: reason, retryAtMs: this.#retries.plan(reason, Date.now()) });
  }

  #release(): void {
    this.onCallEnded();
    this.#earlierCall = this.call?.toEarlierCall() ?? this.#earlierCall;
    this.call?.close();
    this.call = null;
  }
}

function unexpected(reason: unknown): Failure {
  console.error(reason);
  return failure("gateway-error", "Something went wrong.", "Reload the page, then try again.", "The browser’s console says more.");
}
