/** The transcript as DOM elements: grows at its end, and each line is read out once. */
import { toolHeading } from "../state/toolLabels";
import { type AnswerLine, type Line, textOf, type ToolLine } from "../state/transcript";
import type { Labels } from "./labels";

const NEAR_END_PX = 48;

export class TranscriptView {
  #shown: { readonly line: Line; readonly element: HTMLElement }[] = [];

  constructor(private readonly list: HTMLElement) {}

  show(lines: readonly Line[], labels: Labels): void {
    const follows = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < NEAR_END_PX;
    while (this.#shown.length > lines.length) this.#shown.pop()?.element.remove();
    lines.forEach((line, index) => {
      const before = this.#shown[index];
      if (before?.line === line) return;
      if (before && grow(before.element, before.line, line)) {
        this.#shown[index] = { line, element: before.element };
        return;
      }
      const element = elementOf(line, labels);
      if (before) before.element.replaceWith(element);
      else this.list.append(element);
      this.#shown[index] = { line, element };
    });
    if (follows) this.list.scrollTop = this.list.scrollHeight;
  }

  /** In other words; the lines come again with the next `show`. */
  clear(): void {
    this.#shown = [];
    this.list.replaceChildren();
  }
}

/** Appends new words of an answer instead of replacing all of them: a live region reads what is new. */
function grow(element: HTMLElement, before: Line, line: Line): boolean {
  if (before.kind === "person" && line.kind === "person" && !before.final && !line.final) {
    said(element).textContent = line.text;
    return true;
  }
  if (before.kind !== "answer" || line.kind !== "answer" || before.turn !== line.turn) return false;
  if (before.heardChars !== null || line.heardChars !== null) return false;
  const more = line.pieces.slice(before.pieces.length).map(({ text }) => text).join("");
  said(element).append(more);
  return true;
}

function said(element: HTMLElement): HTMLElement {
  return element.querySelector<HTMLElement>(".said") ?? element;
}

function elementOf(line: Line, labels: Labels): HTMLElement {
  const element = make("p", `line ${line.kind}`);
  if (line.kind === "person") {
    // Not read out until it is final; it then comes as a new element.
    if (!line.final) element.ariaHidden = "true";
    element.classList.toggle("interim", !line.final);
    element.append(make("span", "who", labels.person), " ", make("span", "said", line.text));
  } else if (line.kind === "answer") {
    const words = make("span", "said");
    words.append(...heardAndNot(line, labels));
    element.append(make("span", "who", labels.answer), " ", words);
  } else if (line.kind === "tool") {
    element.append(make("span", "who", labels.tools[line.name] ?? toolHeading(line.name)), " ", make("span", "said", outcomeOf(line)));
    element.classList.toggle("alert", line.result?.ok === false);
  } else {
    element.classList.toggle("alert", line.level === "error");
    element.append(make("span", "said", `${line.text} ${line.hint}`));
  }
  return element;
}

function outcomeOf({ result }: ToolLine): string {
  if (!result) return "…";
  return `${result.ok ? "✓" : "✗"} ${result.summary}`;
}

function heardAndNot(line: AnswerLine, labels: Labels): (string | HTMLElement)[] {
  const text = textOf(line);
  const heardChars = line.heardChars ?? text.length;
  if (heardChars >= text.length) return [text];
  return [text.slice(0, heardChars), make("span", "unseen", ` ${labels.notHeard} `), make("s", "unheard", text.slice(heardChars))];
}

export function make<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, className: string, text = ""): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}
