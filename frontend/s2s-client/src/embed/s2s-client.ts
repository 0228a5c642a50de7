/**
 * A spoken conversation for any page, without a framework: the library's entry.
 *
 * One session is one place where conversations happen one after another. Sound, microphone and connection are its own
 * affair; a page calls start, interrupt and end, and receives events. docs/embedding.md shows it in use.
 */
import { CallController } from "../app/callController";
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
export type { SessionEventName, SessionEvents, SessionPhase } from "./sessionEvents";

/** What a conversation may be like. What is left out is the gateway's own choice, or the usual one. */
export type SessionSettings = Pick<
  Settings,
  | "voice" | "language" | "instruction" | "tools" | "turnTaking" | "bargeIn" | "sensitivity" | "speakerMode" | "transport"
  | "robustness" | "dataUse" | "volume" | "microphone" | "loudspeaker"
>;

export interface SessionOptions {
  /** Where the gateway answers, such as "https://talk.example.org". Left out: at the page's own origin. */
  readonly gateway?: string;
  readonly settings?: Partial<SessionSettings>;
  /** How long a lost connection is looked for again, in seconds. The gateway keeps a conversation for 60. */
  readonly reconnectLimitS?: number;
}

/** Enough for most breaks, and sooner over than the gateway's patience. */
const RECONNECT_LIMIT_S = 45;

/** A session that is idle. Opens nothing: microphone and connection come with `start`. Throws TypeError for a setting that does not fit. */
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

  constructor({ gateway = "", settings = {}, reconnectLimitS = RECONNECT_LIMIT_S }: SessionOptions) {
    this.#session = new CallController({ apiUrl: gateway.replace(/\/+$/, ""), reconnectLimitMs: 1000 * reconnectLimitS }, null);
    this.changeSettings(settings);
    this.#lastState = this.#session.getSnapshot();
    this.#stop = this.#session.subscribe(this.#look);
  }

  /** A new object after every change; the same one until then. */
  get state(): SessionState {
    return this.#session.getSnapshot();
  }

  /** What a person sees now: "idle", "connecting", "listening", "thinking", "tool", "speaking", and so on. */
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

  /** The conversation broke off, and a new one can be told what was said in it; see `goOn`. */
  get canGoOn(): boolean {
    const { state } = this;
    const broken = state.status === "failed" || (state.status === "ended" && state.reason !== null);
    return broken && historyForResume(this.lines).length > 0;
  }

  /**
   * Calls `listener` at every event of that name, until the function that it returns is called. A listener that throws
   * is reported as an error of the page and does not disturb the others.
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
   * Asks for the microphone and begins a conversation; call it in a click, since browsers start sound only then. Settles
   * when it is begun or has failed. Never rejects: what fails becomes the `failed` event. Nothing while one runs.
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

  /** The voice falls silent at once. Nothing while it is the person's turn. */
  interrupt(): void {
    this.#session.interrupt();
  }

  /** Releases microphone, loudspeaker and connection. */
  end(): void {
    this.#session.end();
  }

  /** Typed instead of spoken; at most 8,000 characters. It is answered aloud. */
  sendText(text: string): void {
    this.#session.sendText(text);
  }

  /** The microphone stays open and sends silence. */
  setMuted(muted: boolean): void {
    this.#session.setMuted(muted);
  }

  /** With `turnTaking: "push-to-talk"`: the button is down, or was let go. */
  talk(down: boolean): void {
    this.#session.talk(down);
  }

  /** Tells the gateway that the user is still there, after a `warning` about idleness. */
  stay(): void {
    this.#session.stay();
  }

  /**
   * Volume, devices, barge-in and speaker mode change at once, the rest with the next conversation.
   * Throws TypeError for a value that does not fit, and changes nothing then.
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

  /** The microphone's spectrum, 0 to 255 each, low frequencies first; fills up to 256 places. Zeros outside a conversation. */
  readonly readMicrophone = (out: Uint8Array<ArrayBuffer>): void => {
    this.#session.readMicrophone(out);
  };

  /** The same of the AI's voice. */
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
