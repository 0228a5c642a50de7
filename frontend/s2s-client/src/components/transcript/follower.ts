/** Keeps the list of lines where the conversation is: on the word that sounds, else at the newest line. Knows no React. */

/** A reader this close to the place that is followed has not left it. */
const NEAR_PX = 48;
/** How far down the list the spoken word stands: what was said before it and what comes next are both seen. */
const SPOKEN_AT = 0.4;
/** Of the spoken word's height: down to the end of the next line, where the voice may already be. */
const NEXT_LINE_ENDS_AT = 2.4;

/** Where the word that sounds stands in the list's content, in pixels. */
interface Spoken {
  readonly top: number;
  readonly height: number;
}

/** Where the list should be scrolled to. `spoken`: null in silence. */
export function followedTop(end: number, height: number, spoken: Spoken | null): number {
  if (!spoken) return end;
  const top = Math.max(spoken.top - SPOKEN_AT * height, spoken.top + NEXT_LINE_ENDS_AT * spoken.height - height);
  return Math.min(end, Math.max(0, Math.round(Math.min(top, spoken.top))));
}

/** `voice`: what sounds, else the newest line; `end`: the newest line although a voice sounds; `away`: nothing. */
type Follows = "voice" | "end" | "away";

export class TranscriptFollower {
  #list: HTMLElement | null = null;
  #follows: Follows = "voice";
  /** Where the list stood last, by whatever moved it. */
  #top = 0;
  /** The word that sounds, by the place of its line in the turn: the last one counts. Empty in silence. */
  readonly #spoken = new Map<number, Range>();
  readonly #listeners = new Set<() => void>();

  /** Whether new lines and the spoken word are followed. */
  readonly getSnapshot = (): boolean => this.#follows !== "away";

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Follows in `list`, whose one child holds all lines. Returns a function that ends it. */
  attach(list: HTMLElement): () => void {
    this.#list = list;
    this.#top = list.scrollTop;
    const stop = new AbortController();
    list.addEventListener("scroll", this.#onScroll, { passive: true, signal: stop.signal });
    // A box that shrinks (a keyboard, a row that opens) and content that grows (a picture, larger letters).
    const sizes = new ResizeObserver(this.settle);
    sizes.observe(list);
    if (list.firstElementChild) sizes.observe(list.firstElementChild);
    this.settle();
    return () => {
      stop.abort();
      sizes.disconnect();
      this.#list = null;
    };
  }

  /** Records which word of a line sounds; null: none does. */
  setSpoken(line: number, word: Range | null): void {
    if (word) this.#spoken.set(line, word);
    else this.#spoken.delete(line);
    // The next answer is followed by ear again.
    if (this.#spoken.size === 0 && this.#follows === "end") this.#follows = "voice";
    this.settle();
  }

  /** Goes to what is followed, after anything has changed. */
  readonly settle = (): void => {
    if (!this.#list || this.#follows === "away") return;
    this.#list.scrollTop = this.#wanted(this.#list);
    this.#top = this.#list.scrollTop;
  };

  /** The reader wants to be taken to where the conversation is. */
  jump(): void {
    this.#set("voice");
    this.settle();
  }

  #wanted(list: HTMLElement): number {
    const end = list.scrollHeight - list.clientHeight;
    const spoken = this.#spoken.get(Math.max(...this.#spoken.keys()));
    if (this.#follows === "end" || !spoken) return end;
    const word = spoken.getBoundingClientRect();
    // Its text was replaced, or is not laid out.
    if (word.height === 0) return end;
    const top = word.top - list.getBoundingClientRect().top - list.clientTop + list.scrollTop;
    return followedTop(end, list.clientHeight, { top, height: word.height });
  }

  readonly #onScroll = (): void => {
    const list = this.#list;
    if (!list) return;
    const before = this.#top;
    const now = (this.#top = list.scrollTop);
    if (Math.abs(now - before) < 1) return;
    const end = list.scrollHeight - list.clientHeight;
    if (Math.abs(now - this.#wanted(list)) < NEAR_PX) this.#set(this.#follows === "end" ? "end" : "voice");
    // Reads ahead of the voice.
    else if (end - now < NEAR_PX) this.#set("end");
    // Only a reader goes upwards, or on from where the voice is. Content that grows below moves nothing.
    else if (now < before || this.#spoken.size > 0) this.#set("away");
  };

  #set(follows: Follows): void {
    const was = this.getSnapshot();
    this.#follows = follows;
    if (was === this.getSnapshot()) return;
    this.#listeners.forEach((listener) => {
      listener();
    });
  }
}
