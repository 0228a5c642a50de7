import { type RefObject, useEffect } from "react";
import { type AnswerLine, charsHeard } from "../../state/transcript";

const NAME = "ahead";
const PERIOD_MS = 100;

export interface Sounding {
  /** How far the voice is; null in silence. */
  readonly heard: () => { readonly turn: number; readonly ms: number } | null;
  /** Told at each word which one of a line sounds, or was the last to; `line`: its place in the turn. Null: it is over. */
  readonly onWord: (line: number, word: Range | null) => void;
}

/**
 * Paints the words that are written but not yet spoken in a softer tone, in step with the voice, and says which word sounds.
 *
 * With the browser's highlights, not with elements: a screen reader reads every line once, and nothing passes through
 * React ten times a second. A browser without them shows the words as they come. `sounding`: null unless the turn sounds.
 */
export function useKaraoke(element: RefObject<HTMLElement | null>, line: AnswerLine, sounding: Sounding | null): void {
  useEffect(() => {
    if (!sounding) return;
    const { heard, onWord } = sounding;
    const ahead = aheadHighlight();
    let painted: Range | null = null;
    let paintedTo = -1;
    const paint = () => {
      const now = heard();
      const text = element.current?.firstChild;
      if (!(text instanceof Text) || now?.turn !== line.turn) return;
      const spoken = Math.min(text.length, charsHeard(line.pieces, now.ms));
      // Between two words there is nothing to paint, and nowhere to scroll.
      if (spoken === paintedTo && text === painted?.startContainer) return;
      paintedTo = spoken;
      if (painted) ahead?.delete(painted);
      ahead?.add((painted = rangeIn(text, spoken, text.length)));
      // A turn has several lines where a tool was used: the voice may still be in the one before.
      if (spoken > 0 || line.before === 0) onWord(line.before, rangeIn(text, Math.max(0, spoken - 1), Math.max(1, spoken)));
    };
    paint();
    const timer = setInterval(paint, PERIOD_MS);
    return () => {
      clearInterval(timer);
      if (painted) ahead?.delete(painted);
    };
  }, [element, line, sounding]);
  const { before } = line;
  useEffect(() => {
    if (!sounding) return;
    return () => { sounding.onWord(before, null); };
  }, [sounding, before]);
}

/** All that is ahead of the voice; null where the browser has no highlights. */
function aheadHighlight(): Highlight | null {
  const highlights = (globalThis as { CSS?: { highlights?: Map<string, Highlight> } }).CSS?.highlights;
  if (!highlights) return null;
  const known = highlights.get(NAME) ?? new Highlight();
  highlights.set(NAME, known);
  return known;
}

function rangeIn(text: Text, from: number, to: number): Range {
  const range = new Range();
  range.setStart(text, from);
  range.setEnd(text, Math.min(to, text.length));
  return range;
}
