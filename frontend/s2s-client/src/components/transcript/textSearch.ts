/** Finds words in the lines on the screen and marks them with the browser's highlights. Knows no React. */

import { sameCase } from "../../shared/unicodeText";

export interface Found {
  readonly count: number;
  /** Which one is shown, from 1; 0 where there is none. */
  readonly at: number;
}

const NONE: Found = { count: 0, at: 0 };
const ALL = "found";
const NOW = "found-now";
/** Lines far away have only a guessed height: it becomes true when they come near, and what was aimed at moves. */
const TRIES = 6;

type Registry = Map<string, Highlight>;

export class TextSearch {
  #found = NONE;
  #ranges: Range[] = [];
  #query = "";
  readonly #listeners = new Set<() => void>();

  readonly getSnapshot = (): Found => this.#found;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Looks through the lines in `list`, or again after these have changed. An empty query ends the search. */
  search(list: HTMLElement | null, query: string): void {
    const isNew = query !== this.#query;
    this.#query = query;
    this.#ranges = list && query ? [...list.querySelectorAll(".line, .tool")].flatMap((line) => rangesIn(line, query)) : [];
    const count = this.#ranges.length;
    const at = count === 0 ? 0 : isNew ? count : Math.min(Math.max(1, this.#found.at), count);
    this.#show({ count, at }, isNew);
  }

  /** To the next one (1) or the one before (-1), around the end. */
  moveSelection(by: 1 | -1): void {
    const { count, at } = this.#found;
    if (count > 0) this.#show({ count, at: ((at - 1 + by + count) % count) + 1 }, true);
  }

  #show(found: Found, scroll: boolean): void {
    const now = this.#ranges[found.at - 1];
    const highlights = (globalThis as { CSS?: { highlights?: Registry } }).CSS?.highlights;
    highlights?.set(ALL, new Highlight(...this.#ranges));
    if (now) highlights?.set(NOW, new Highlight(now));
    else highlights?.delete(NOW);
    if (now && scroll) this.#goTo(now, TRIES);
    if (found.count === this.#found.count && found.at === this.#found.at) return;
    this.#found = found;
    this.#listeners.forEach((listener) => {
      listener();
    });
  }

  #goTo(range: Range, tries: number): void {
    range.startContainer.parentElement?.scrollIntoView({ block: "center" });
    if (tries === 1) return;
    requestAnimationFrame(() => {
      if (this.#ranges[this.#found.at - 1] === range) this.#goTo(range, tries - 1);
    });
  }
}

/** Words may be spread over several text nodes, as where an answer was cut. */
function rangesIn(line: Element, query: string): Range[] {
  const nodes = textNodes(line);
  const text = sameCase(nodes.map(({ data }) => data).join(""));
  const wished = sameCase(query);
  const ranges: Range[] = [];
  for (let from = text.indexOf(wished); from >= 0; from = text.indexOf(wished, from + wished.length)) {
    const range = new Range();
    range.setStart(...placeOf(nodes, from));
    range.setEnd(...placeOf(nodes, from + wished.length));
    ranges.push(range);
  }
  return ranges;
}

function textNodes(line: Element): Text[] {
  const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT, (node) =>
    node.parentElement?.closest(".who, .visually-hidden") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT,
  );
  const nodes: Text[] = [];
  while (walker.nextNode()) nodes.push(walker.currentNode as Text);
  return nodes;
}

function placeOf(nodes: readonly Text[], at: number): [Text, number] {
  let before = 0;
  for (const node of nodes) {
    if (at <= before + node.data.length) return [node, at - before];
    before += node.data.length;
  }
  throw new RangeError(`no text at ${at}`);
}
