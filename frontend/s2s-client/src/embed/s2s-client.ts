/**
 * The library's entry: a voice conversation for any page, without a framework.
 *
 * One session runs conversations one after another. It owns audio, microphone and connection; a page calls start, interrupt and
 * end, and receives events. docs/embedding.md has examples.
 */
import { CallController } from "../app/callController";
import type { TokenSource } from "../services/gatewayApi";
import { historyForResume } from "../state/historyForResume";
import type { Settings } from "../state/settings";
import { isOver, linesOf, phaseOf, type SessionState } from "../state/sessionState";
import type { Line } from "../state/transcript";
import { eventsBetween, type SessionEventList, type SessionEventName, type SessionEvents, type SessionPhase } from "./sessionEvents";

export { canInterrupt, formOf, isOver, linesOf, phaseOf } from "../state/sessionState";
export { runningTool, titleOf } from "../state/toolLabels";
export { textOf } from "../state/transcript";
export type { Live, SessionState } from "../state/sessionState";
export type { AnswerLine, Line, ToolLine } from "../state/transcript";
export type { Ending, Warning } from "../state/limitWarnings";
export type { Connection, Failure, FailureCode } from "../types";
export type { TokenSource } from "../services/gatewayApi";
export type { SessionEventName, SessionEvents, SessionPhase } from "./sessionEvents";

/** The options of a conversation. What is left out takes the gateway's choice or the default. */
export type SessionSettings = Pick<
  Settings,
  | "voice" | "language" | "instruction" | "tools" | "turnTaking" | "bargeIn" | "sensitivity" | "speakerMode" | "transport"
  | "robustness" | "dataUse" | "volume" | "microphone" | "loudspeaker"
>;

export interface SessionOptions {
  /** The gateway's address, such as "https://talk.example.org". Left out: the page's own origin. */
  readonly gateway?: string;
  readonly settings?: Partial<SessionSettings>;
  /** What proves who calls: a join token from the page's own server. `getToken` instead can renew it. */
  readonly token?: string;
  /** Fetches a token whenever one is needed: for a new conversation, and again after the gateway has refused one. */
  readonly getToken?: TokenSource;
  /** How long reconnecting is attempted, in seconds. The gateway keeps a conversation for 60. */
  readonly reconnectLimitS?: number;
}

/** Enough for most interruptions, and shorter than the gateway's own limit. */
const RECONNECT_LIMIT_S = 45;

/** Creates an idle session. Opens nothing: `start` opens microphone and connection. Throws TypeError for an invalid setting. */
export function createSession(options: SessionOptions = {}): VoiceSession {
  return new VoiceSession(options);
}

type Listener<Name extends SessionEventName> = (detail: SessionEvents[Name]) => void;

/** Made by `createSession`. Keeps nothing on the device. */
export class VoiceSession {
  readonly #session: CallController;
  readonly #events = new EventTarget();
  readonly #stop: () => void;
  #lastState: SessionState;
  #untold: SessionEventList[] = [];

  constructor({ gateway = "", settings = {}, token, getToken = () => token, reconnectLimitS = RECONNECT_LIMIT_S }: SessionOptions) {
    this.#session = new CallController({ apiUrl: gateway.replace(/\/+$/, ""), getToken, reconnectLimitMs: 1000 * reconnectLimitS }, null);
    this.changeSettings(settings);
    this.#lastState = this.#session.getSnapshot();
    this.#stop = this.#session.subscribe(this.#look);
  }

  /** A new object after every change; the same one until then. */
  get state(): SessionState {
    return this.#session.getSnapshot();
  }

  /** The phase to show: "idle", "connecting", "listening", "thinking", "tool", "speaking", and so on. */
  get phase(): SessionPhase {
    return phaseOf(this.state);
  }

  /** The transcript of this conversation or of the last one, oldest first. */
  get lines(): readonly Line[] {
    return linesOf(this.state);
  }

  get settings(): SessionSettings {
    return this.#session.settings.getSnapshot();
  }

  /** Whether the conversation broke off and a new one can receive its history; see `goOn`. */
  get canGoOn(): boolean {
    const { state } = this;
    const broken = state.status === "failed" || (state.status === "ended" && state.reason !== null);
    return broken && historyForResume(this.lines).length > 0;
  }

  /**
   * Calls `listener` at every event of that name, until the returned function is called. A listener that throws is reported as
   * an error of the page and does not affect the others.
   */
  on<Name extends SessionEventName>(name: Name, listener: Listener<Name>): () => void {
    const hear = (event: Event): void => {
      listener((event as CustomEvent<SessionEvents[Name]>).detail);
    };
    this.#events.addEventListener(name, hear);
    return () => {
      this.#events.removeEventListener(name, hear);
    };
  }

  /** As `on("state", ...)`, in the form that React's `useSyncExternalStore` takes. */
  readonly subscribe = (listener: () => void): (() => void) => this.on("state", listener);

  /** For `useSyncExternalStore`. */
  readonly getSnapshot = (): SessionState => this.state;

  /**
   * Asks for the microphone and starts a conversation; call it in a click, since browsers start audio only then. Settles once
   * it has started or failed. Never rejects: an error becomes the `failed` event. Does nothing while one runs.
   */
  start(): Promise<void> {
    return this.#session.start();
  }

  /** As `start`, with the transcript of the previous conversation kept and sent to the model as history. */
  goOn(): Promise<void> {
    return this.#session.goOn();
  }

  /** Cancels the automatic retry of a failed start. */
  cancelRetry(): void {
    this.#session.cancelRetry();
  }

  /** Silences the model at once. Does nothing while it is the user's turn. */
  interrupt(): void {
    this.#session.interrupt();
  }

  /** Releases microphone, loudspeaker and connection. */
  end(): void {
    this.#session.end();
  }

  /** Sends typed text, at most 8,000 characters. It is answered aloud. */
  sendText(text: string): void {
    this.#session.sendText(text);
  }

  /** Mutes or unmutes. While muted the microphone stays open and sends silence. */
  setMuted(muted: boolean): void {
    this.#session.setMuted(muted);
  }

  /** Presses or releases the talk button, with `turnTaking: "push-to-talk"`. */
  talk(down: boolean): void {
    this.#session.talk(down);
  }

  /** Tells the gateway that the user is still there, after a `warning` about idleness. */
  stay(): void {
    this.#session.stay();
  }

  /**
   * Changes settings. Volume, devices, barge-in and speaker mode apply at once, the rest with the next conversation. Throws
   * TypeError for an invalid value and then changes nothing.
   */
  changeSettings(changes: Partial<SessionSettings>): void {
    const given = Object.entries<unknown>(changes).filter(([, value]) => value !== undefined);
    const before: Readonly<Record<string, unknown>> = { ...this.settings };
    const unknown = given.find(([name]) => !(name in before));
    if (unknown) throw new TypeError(`S2S: there is no setting ${unknown[0]}.`);
    this.#session.settings.change(Object.fromEntries(given));
    const now: Readonly<Record<string, unknown>> = { ...this.settings };
    const refused = given.find(([name, value]) => now[name] !== value);
    if (refused) throw new TypeError(`S2S: the setting ${refused[0]} cannot be ${JSON.stringify(refused[1])}.`);
  }

  /** Reads the microphone's spectrum, 0 to 255 each, low frequencies first, up to 256 values. Zeros outside a conversation. */
  readonly readMicrophone = (out: Uint8Array<ArrayBuffer>): void => {
    this.#session.readMicrophone(out);
  };

  /** The same for the model audio. */
  readonly readVoice = (out: Uint8Array<ArrayBuffer>): void => {
    this.#session.readVoice(out);
  };

  /** Ends the conversation; no more events follow. For a page that disposes of the session. */
  close(): void {
    if (!isOver(this.state)) this.end();
    this.#stop();
    this.cancelRetry();
  }

  /** Events caused by a listener are queued: all listeners receive events in the same order. */
  readonly #look = (): void => {
    const now = this.state;
    const waiting = this.#untold.length > 0;
    this.#untold.push(...eventsBetween(this.#lastState, now));
    this.#lastState = now;
    if (waiting) return;
    for (const { name, detail } of this.#untold) this.#events.dispatchEvent(new CustomEvent(name, { detail }));
    this.#untold = [];
  };
}
