import { useMemo, useSyncExternalStore } from "react";
import type { Conversation } from "../../app/geminiSession";
import type { SessionState } from "../../state/sessionState";
import { isTranscriptOnly } from "./transcriptOnly";

/** Written words are ahead of the voice by about as much, so waiting costs no reader anything. */
const MAX_WAIT_MS = 300;

interface TranscriptState {
  /** With all its words, as far as they are shown. */
  readonly state: SessionState;
  /** Shows what waits, because something else is painted now. */
  readonly catchUp: () => void;
}

/**
 * The state for the transcript. While an answer sounds its new words are shown together with the next spoken word, or a moment
 * later: the page is laid out and painted once for both.
 */
export function useTranscriptState({ subscribe, getSnapshot }: Pick<Conversation, "subscribe" | "getSnapshot">): TranscriptState {
  const words = useMemo(() => new WaitingWords({ subscribe, getSnapshot }), [subscribe, getSnapshot]);
  const state = useSyncExternalStore(words.subscribe, words.getSnapshot);
  return { state, catchUp: words.catchUp };
}

/** The store behind it. Knows no React. */
export class WaitingWords {
  #shown: SessionState;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #show: (() => void) | null = null;

  constructor(private readonly session: Pick<Conversation, "subscribe" | "getSnapshot">) {
    this.#shown = session.getSnapshot();
  }

  /** What is shown; without a subscriber, the newest. */
  readonly getSnapshot = (): SessionState => {
    if (!this.#show) this.#shown = this.session.getSnapshot();
    return this.#shown;
  };

  readonly subscribe = (show: () => void): (() => void) => {
    this.#show = show;
    this.#shown = this.session.getSnapshot();
    const stop = this.session.subscribe(this.#onChange);
    return () => {
      stop();
      this.#stopWaiting();
      this.#show = null;
    };
  };

  readonly catchUp = (): void => {
    if (this.#timer !== null) this.#showNow();
  };

  readonly #onChange = (): void => {
    const now = this.session.getSnapshot();
    const isAhead = now.status === "live" && now.voice !== null && isTranscriptOnly(this.#shown, now);
    if (!isAhead) this.#showNow();
    else this.#timer ??= setTimeout(() => { this.#showNow(); }, MAX_WAIT_MS);
  };

  #showNow(): void {
    this.#stopWaiting();
    this.#shown = this.session.getSnapshot();
    this.#show?.();
  }

  #stopWaiting(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
