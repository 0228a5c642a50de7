/** The one conductor: starts and ends calls, and offers what a screen needs. Knows no React. */
import { GatewayApi, type Offers, type SavedReport } from "../services/gatewayApi";
import type { Failure } from "../types";
import { CallKeeper } from "../record/callKeeper";
import { Insight } from "../insight/insight";
import { Showing } from "../show/showing";
import { Call } from "./call";
import type { CallOptions } from "./callOptions";
import { CallFailure, failure } from "./failures";
import { Retries } from "./retries";
import { type Earlier, SavedCalls } from "./savedCall";
import { SettingsStore, storage } from "./settings";
import { linesOf, sessionOf, SessionStore } from "./state";
import type { Ending } from "./warnings";
import { isManual } from "./wishes";

/** What the screen may know of a conversation. */
export type Conversation = Pick<GeminiSession, keyof GeminiSession>;

type Options = Pick<CallOptions, "apiUrl" | "comeBackMs"> & {
  /** Where choices, costs and a call to come back to are kept. Left out: on this device. Null: as long as the page. */
  readonly shelf?: Storage | null;
};

/** A page that crashes says nothing: what it would have left behind is at most so old. */
const SAVE_MS = 2_000;
/** One tab at a time holds it: a second one must not take the conversation of the first away. */
const LOCK = "s2s-call";

export class GeminiSession {
  readonly #store = new SessionStore();
  readonly subscribe = this.#store.subscribe;
  readonly getSnapshot = this.#store.getSnapshot;
  /** What the person has chosen; kept on this device. */
  readonly settings: SettingsStore;
  /** What was said and heard: of the call that runs, of the last one, and of those kept on this device. */
  readonly calls: CallKeeper;
  /** Waiting times and costs, of this call and in all. */
  readonly insight: Insight;
  /** Pictures, camera and screen, shown to the AI. */
  readonly showing: Showing;
  readonly #saved: SavedCalls;
  #call: Call | null = null;
  /** What the last call was, for one that goes on with it. */
  #earlier: Earlier | null = null;
  readonly #retries = new Retries(() => void this.#start(this.#earlier));
  #saving = 0;
  #unlock: (() => void) | null = null;

  /** Where the gateway is, without a slash at the end; empty: the page's own origin. */
  readonly apiUrl: string;

  constructor(private readonly options: Options) {
    this.apiUrl = options.apiUrl;
    const shelf = options.shelf === undefined ? storage() : options.shelf;
    this.settings = new SettingsStore(shelf);
    this.calls = new CallKeeper(this.#store, this.settings);
    this.insight = new Insight(shelf);
    this.#saved = new SavedCalls(shelf);
    this.showing = new Showing(this.#store, options.apiUrl);
    window.addEventListener("pagehide", () => {
      this.#save();
    });
  }

  /** Call it in a click. Never throws: what fails becomes the failed state. */
  readonly start = async (): Promise<void> => {
    this.#saved.forget();
    this.#retries.reset();
    await this.#start(null);
  };

  /** As `start`, but the AI is told what was said in the conversation that is over, and its words stay. */
  readonly goOn = async (): Promise<void> => {
    this.#retries.reset();
    await this.#start(this.#earlier && { ...this.#earlier, lines: linesOf(this.#store.getSnapshot()) });
  };

  /** The page no longer tries by itself to start the conversation. */
  readonly cancelRetry = (): void => {
    this.#retries.reset();
    this.#store.dispatch({ type: "retry-cancelled" });
  };

  /** "I'm still here", to a gateway that hears nobody. */
  readonly stay = (): void => {
    this.#call?.stay();
  };

  /** The warning was read. */
  readonly ignoreWarning = (): void => {
    this.#store.dispatch({ type: "warned", warning: null });
  };

  /** With the person's consent: saves what was recorded of this conversation, or of the last one. Throws CallFailure. */
  readonly report = async (note: string): Promise<SavedReport> => {
    const session = sessionOf(this.#store.getSnapshot());
    if (session === null) throw new CallFailure("report-too-late");
    return new GatewayApi(this.options.apiUrl).report(session, note);
  };

  /** Looks once, at the page's start, for the conversation of the page before it. True where one is gone on with. */
  readonly resume = async (): Promise<boolean> => {
    if (this.#call || !this.settings.getSnapshot().resume) return false;
    const saved = this.#saved.find(Date.now());
    if (!saved || (await isHeldElsewhere())) return false;
    await this.#start(saved);
    return true;
  };

  /** The voice falls silent here first, then the gateway is told. */
  readonly interrupt = (): void => {
    this.#call?.interrupt();
  };

  readonly sendText = (text: string): void => {
    this.#call?.sendText(text);
  };

  readonly setMuted = (muted: boolean): void => {
    this.#call?.setMuted(muted);
  };

  /** Push-to-talk: the key is down, or was let go. */
  readonly talk = (down: boolean): void => {
    this.#call?.talk(down);
  };

  /** The offer of speaker mode was read and refused. */
  readonly ignoreEcho = (): void => {
    this.#store.dispatch({ type: "echoing", echoing: false });
  };

  /** Releases microphone, sound, connection and the gateway's session. */
  readonly end = (): void => {
    this.#release();
    this.#store.dispatch({ type: "end" });
  };

  readonly #end = (reason: Ending): void => {
    this.#release();
    this.#store.dispatch({ type: "end", reason });
  };

  /** Voices and functions to choose from. Throws CallFailure. */
  readonly offers = (): Promise<Offers> => new GatewayApi(this.options.apiUrl).offers();

  /** A sentence in that voice, as a WAV file. Throws CallFailure. */
  readonly voiceSample = (voice: string): Promise<ArrayBuffer> => new GatewayApi(this.options.apiUrl).voiceSample(voice);

  /** What was heard so far of the turn that sounds; for captions that keep step. Null in silence. */
  readonly heard = () => this.#call?.heard(Date.now()) ?? null;

  /** Spectra for the visualiser, 0 to 255; silence without a call. */
  readonly readMicrophone = (out: Uint8Array<ArrayBuffer>): void => {
    if (this.#call) this.#call.audio.readMicrophone(out);
    else out.fill(0);
  };

  readonly readVoice = (out: Uint8Array<ArrayBuffer>): void => {
    if (this.#call) this.#call.audio.readVoice(out);
    else out.fill(0);
  };

  async #start(saved: Earlier | null): Promise<void> {
    if (this.#call) return;
    this.#earlier = saved;
    const pushToTalk = isManual(this.settings.getSnapshot(), saved);
    const recorder = this.calls.begin(Date.now());
    this.#store.dispatch({ type: "start", pushToTalk, ...(saved && { lines: saved.lines }) });
    let call: Call | null = null;
    const fail = (reason: Failure): void => {
      this.#fail(call, reason);
    };
    try {
      this.insight.begin();
      call = this.#call = new Call({ ...this.options, settings: this.settings, saved, recorder, insight: this.insight }, this.#store, fail, this.end, this.#end);
      this.#hold();
      await call.start();
      this.#retries.reset();
    } catch (reason) {
      fail(reason instanceof CallFailure ? reason.failure : unexpected(reason));
    }
  }

  /** While a call lasts: what is needed to go on after a reload is kept, if wished, and other tabs leave it alone. */
  #hold(): void {
    this.#saving = window.setInterval(this.#save, SAVE_MS);
    const locks = (navigator as { locks?: LockManager }).locks;
    void locks?.request(LOCK, () => new Promise<void>((settle) => (this.#unlock = settle)));
  }

  readonly #save = (): void => {
    const status = this.#store.getSnapshot().status;
    const call = status === "live" && this.settings.getSnapshot().resume ? this.#call?.saved(Date.now()) : null;
    if (call) this.#saved.save(call);
  };

  #fail(call: Call | null, reason: Failure): void {
    // A late fault of a call that the person has ended is no news.
    if (this.#call !== call) return;
    call?.cutOff();
    this.#release();
    this.#store.dispatch({ type: "failed", failure: reason, retryAtMs: this.#retries.plan(reason, Date.now()) });
  }

  #release(): void {
    clearInterval(this.#saving);
    this.#unlock?.();
    this.#unlock = null;
    this.#saved.forget();
    this.#earlier = this.#call?.earlier() ?? this.#earlier;
    this.#call?.close();
    this.#call = null;
  }
}

async function isHeldElsewhere(): Promise<boolean> {
  const locks = (navigator as { locks?: LockManager }).locks;
  return (await locks?.request(LOCK, { ifAvailable: true }, (lock) => lock === null)) ?? false;
}

function unexpected(reason: unknown): Failure {
  console.error(reason);
  return failure("gateway-error", "Something went wrong in this page.", "Try again; the browser's console says more.");
}
