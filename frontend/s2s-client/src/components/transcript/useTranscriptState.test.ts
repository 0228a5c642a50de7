import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Live, SessionState } from "../../state/sessionState";
import type { Line } from "../../state/transcript";
import { WaitingWords } from "./useTranscriptState";

const speaking = { status: "live", lines: [], muted: false, voice: 1 } as unknown as Live;
const said = (...texts: string[]): readonly Line[] => [{ kind: "answer", turn: 1, pieces: texts.map((text, at) => ({ text, atMs: 100 * at })), before: 0, heardChars: null }];

let state: SessionState = speaking;
let tell: () => void = () => undefined;
let words: WaitingWords;
const show = vi.fn();
const becomes = (next: SessionState) => {
  state = next;
  tell();
};

beforeEach(() => {
  vi.useFakeTimers();
  state = speaking;
  show.mockClear();
  words = new WaitingWords({ getSnapshot: () => state, subscribe: (listener) => ((tell = listener), () => (tell = () => undefined)) });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("words that come while an answer sounds", () => {
  it("are shown together with the next spoken word", () => {
    words.subscribe(show);
    becomes({ ...speaking, lines: said("Once ") });
    becomes({ ...speaking, lines: said("Once ", "upon ") });
    expect(show).not.toHaveBeenCalled();
    expect(words.getSnapshot()).toBe(speaking);
    words.catchUp();
    words.catchUp();
    expect(show).toHaveBeenCalledTimes(1);
    expect(words.getSnapshot()).toBe(state);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("are shown a moment later where no word is spoken", () => {
    words.subscribe(show);
    becomes({ ...speaking, lines: said("Once ") });
    vi.advanceTimersByTime(150);
    becomes({ ...speaking, lines: said("Once ", "upon ") });
    vi.advanceTimersByTime(150);
    expect(show).toHaveBeenCalledTimes(1);
    expect(words.getSnapshot()).toBe(state);
  });

  it("do not hold back what else has changed, and come with it", () => {
    words.subscribe(show);
    becomes({ ...speaking, lines: said("Once ") });
    becomes({ ...speaking, lines: said("Once "), muted: true });
    expect(show).toHaveBeenCalledTimes(1);
    becomes({ ...speaking, lines: said("Once "), muted: true, voice: null });
    becomes({ ...speaking, lines: said("Once ", "upon "), muted: true, voice: null });
    expect(show).toHaveBeenCalledTimes(3);
    vi.advanceTimersByTime(1_000);
    expect(show).toHaveBeenCalledTimes(3);
  });

  it("are forgotten with the page that showed them, and known to the next one", () => {
    const stop = words.subscribe(show);
    becomes({ ...speaking, lines: said("Once ") });
    stop();
    expect(vi.getTimerCount()).toBe(0);
    expect(words.getSnapshot()).toBe(state);
  });
});
