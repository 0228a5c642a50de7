import { type RefObject, useEffect } from "react";
import { type AnswerLine, charsHeard } from "../../state/transcript";

const NAME = "ahead";
const PERIOD_MS = 100;

/**
 * Paints the words that are written but not yet spoken in a softer tone, in step with the voice.
 *
 * With the browser's highlights, not with elements: a screen reader reads every line once, and nothing passes through
 * React ten times a second. A browser without them shows the words as they come.
 */
export function useKaraoke(
  element: RefObject<HTMLElement | null>,
  line: AnswerLine,
  sounding: boolean,
  heard: () => { readonly turn: number; readonly ms: number } | null,
): void {
  useEffect(() => {
    const highlights = (globalThis as { CSS?: { highlights?: Map<string, Highlight> } }).CSS?.highlights;
    if (!sounding || !highlights) return;
    const paint = () => {
      const now = heard();
      const text = element.current?.firstChild;
      if (!(text instanceof Text) || now?.turn !== line.turn) return;
      const spoken = Math.min(text.length, charsHeard(line.pieces, now.ms));
      const range = new Range();
      range.setStart(text, spoken);
      range.setEnd(text, text.length);
      highlights.set(NAME, new Highlight(range));
    };
    paint();
    const timer = setInterval(paint, PERIOD_MS);
    return () => {
      clearInterval(timer);
      highlights.delete(NAME);
    };
  }, [element, line, sounding, heard]);
}
