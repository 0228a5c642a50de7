/** The one conductor: starts and ends calls, and offers what a screen needs. Knows no React. */
import type { TransportOptions } from "../services/transport";
import type { Failure } from "../types";
import { Call } from "./call";
import { CallFailure, failure } from "./failures";
import { SessionStore } from "./state";

/** What the screen may know of a conversation. */
export type Conversation = Pick<GeminiSession, keyof GeminiSession>;

export class GeminiSession {
  readonly #store = new SessionStore();
  readonly subscribe = this.#store.subscribe;
  readonly getSnapshot = this.#store.getSnapshot;
  #call: Call | null = null;

  constructor(private readonly options: TransportOptions) {}

  /** Call it in a click. Never throws: what fails becomes the failed state. */
  readonly start = async (): Promise<void> => {
    if (this.#call) return;
    this.#store.dispatch({ type: "start" });
    let call: Call | null = null;
    try {
      call = this.#call = new Call(this.options, this.#store, (reason) => {
        this.#fail(call, reason);
      });
      await call.start();
    } catch (reason) {
      this.#fail(call, reason instanceof CallFailure ? reason.failure : unexpected(reason));
    }
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

  /** Releases microphone, sound, connection and the gateway's session. */
  readonly end = (): void => {
    this.#release();
    this.#store.dispatch({ type: "end" });
  };

  /** Spectra for the visualiser, 0 to 255; silence without a call. */
  readonly readMicrophone = (out: Uint8Array<ArrayBuffer>): void => {
    if (this.#call) this.#call.audio.readMicrophone(out);
    else out.fill(0);
  };

  readonly readVoice = (out: Uint8Array<ArrayBuffer>): void => {
    if (this.#call) this.#call.audio.readVoice(out);
    else out.fill(0);
  };

  #fail(call: Call | null, reason: Failure): void {
    // A late fault of a call that the person has ended is no news.
    if (this.#call !== call) return;
    this.#release();
    this.#store.dispatch({ type: "failed", failure: reason });
  }

  #release(): void {
    this.#call?.close();
    this.#call = null;
  }
}

function unexpected(reason: unknown): Failure {
  console.error(reason);
  return failure("gateway-error", "Something went wrong in this page.", "Try again; the browser's console says more.");
}
