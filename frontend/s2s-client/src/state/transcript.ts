/** The lines of the conversation, and which words of an interrupted answer were heard. Pure. */
import type { Failure, Notice, ToBrowser, ToolCall } from "../types";
import { behindCodePoints, characterEdge, codePointsIn, lettersIn, saidUntil } from "../shared/unicodeText";
import { isEnding, isWarning } from "./limitWarnings";

export interface Piece {
  readonly text: string;
  /** Start position in the turn's audio. */
  readonly atMs: number;
}

export type Line =
  | { readonly kind: "person"; readonly id: number; readonly text: string; readonly final: boolean }
  | AnswerLine
  | ToolLine
  | NoticeLine;

export interface NoticeLine {
  readonly kind: "notice";
  readonly level: "info" | "warning" | "error";
  readonly text: string;
  readonly hint: string;
  /** Address of a small image that the words are about. */
  readonly picture?: string;
  /** It is about connection or devices, and not a part of the conversation. */
  readonly aside?: true;
}

export interface AnswerLine {
  readonly kind: "answer";
  readonly turn: number;
  readonly pieces: readonly Piece[];
  /** Code points of the same turn in earlier lines (a tool card may lie between). */
  readonly before: number;
  /** null unless interrupted; then how much of this line was heard, in UTF-16. */
  readonly heardChars: number | null;
}

export interface ToolLine {
  readonly kind: "tool";
  readonly id: string;
  readonly name: string;
  /** Text for the user while it runs: "Looking up the weather". Absent where the gateway gives none. */
  readonly title?: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly result: { readonly ok: boolean; readonly summary: string; readonly tookMs: number } | null;
}

/** The events that change the transcript. */
export type TranscriptEvent =
  | { readonly type: "message"; readonly message: ToBrowser }
  /** The user pressed Interrupt after `heardMs` of the turn had played. Null: there was no audio to interrupt. */
  | { readonly type: "interrupted"; readonly turn: number | null; readonly heardMs: number }
  /** The rest of the answer will never come: its session is gone. `heardMs` of the turn had played. */
  | { readonly type: "cut-off"; readonly turn: number; readonly heardMs: number }
  /** An image was shared; `url` is a small copy of it. */
  | { readonly type: "pictured"; readonly url: string }
  | { readonly type: "remark"; readonly failure: Pick<Failure, "message" | "hint"> };

export const NO_LINES: readonly Line[] = [];

/** Speech rate for the last piece, whose end is unknown: about 15 Latin letters a second. */
const LETTERS_PER_MS = 0.015;

export function reduceLines(lines: readonly Line[], event: TranscriptEvent): readonly Line[] {
  switch (event.type) {
    case "message":
      return reduceMessage(lines, event.message);
    case "interrupted":
      return event.turn === null ? lines : cutByTime(lines, event.turn, event.heardMs);
    case "cut-off":
      return cutByTime(lines, event.turn, event.heardMs);
    case "pictured":
      return [...lines, { kind: "notice", level: "info", text: "Image shared", hint: "", picture: event.url }];
    case "remark":
      return [...lines, { kind: "notice", level: "warning", text: event.failure.message, hint: event.failure.hint, aside: true }];
  }
}

function reduceMessage(lines: readonly Line[], message: ToBrowser): readonly Line[] {
  switch (message.type) {
    case "user_transcript":
      return personSaid(lines, message.id, message.text, message.final);
    case "model_transcript":
      return answerGrew(lines, message.turn, { text: message.text, atMs: message.at_ms });
    case "flush":
      return cutByTime(lines, message.turn, message.heard_ms);
    case "heard":
      return cutByChars(lines, message.turn, message.chars);
    case "tool_call":
      return [...lines, called(message)];
    case "tool_result":
      return lines.map((line) => (line.kind === "tool" && line.id === message.id ? answered(line, message) : line));
    case "notice":
      return noticed(lines, message);
    default:
      return lines;
  }
}

/** They say why an answer is missing, where it is missing. */
const IN_PLACE: readonly string[] = ["silent_turn", "answer_withheld", "no_answer"];

/** Adds a notice line. Warnings and the end are shown elsewhere; a repeated notice is dropped. */
function noticed(lines: readonly Line[], notice: Notice): readonly Line[] {
  const last = lines.at(-1);
  const again = last?.kind === "notice" && last.text === notice.message;
  if (again || isWarning(notice) || isEnding(notice)) return lines;
  const aside = IN_PLACE.includes(notice.code) ? {} : ({ aside: true } as const);
  return [...lines, { kind: "notice", level: notice.level, text: notice.message, hint: notice.hint, ...aside }];
}

function personSaid(lines: readonly Line[], id: number, text: string, final: boolean): readonly Line[] {
  const line: Line = { kind: "person", id, text, final };
  const at = lines.findLastIndex((known) => known.kind === "person" && known.id === id);
  return at < 0 ? [...lines, line] : lines.with(at, line);
}

function answerGrew(lines: readonly Line[], turn: number, piece: Piece): readonly Line[] {
  // A notice about the connection in mid-sentence does not make two of it.
  const at = lines.findLastIndex((line) => line.kind !== "notice" || !line.aside);
  const last = lines[at];
  if (last?.kind === "answer" && last.turn === turn) {
    return lines.with(at, { ...last, pieces: [...last.pieces, piece] });
  }
  const before = ofTurn(lines, turn).reduce((sum, line) => sum + codePointsIn(textOf(line)), 0);
  const cut = ofTurn(lines, turn).some((line) => line.heardChars !== null);
  return [...lines, { kind: "answer", turn, pieces: [piece], before, heardChars: cut ? 0 : null }];
}

function called({ id, name, args, title }: ToolCall): ToolLine {
  return { kind: "tool", id, name, args, ...(title && { title }), result: null };
}

function answered(line: ToolLine, result: Extract<ToBrowser, { type: "tool_result" }>): ToolLine {
  return { ...line, result: { ok: result.ok, summary: result.summary, tookMs: result.took_ms } };
}

function cutByTime(lines: readonly Line[], turn: number, heardMs: number): readonly Line[] {
  return cut(lines, turn, (line) => charsHeard(line.pieces, heardMs));
}

function cutByChars(lines: readonly Line[], turn: number, chars: number): readonly Line[] {
  return cut(lines, turn, (line) => behindCodePoints(textOf(line), chars - line.before));
}

function cut(lines: readonly Line[], turn: number, heard: (line: AnswerLine) => number): readonly Line[] {
  return lines.map((line) =>
    line.kind === "answer" && line.turn === turn ? { ...line, heardChars: heard(line) } : line,
  );
}

/**
 * How much of `pieces` lies in the first `heardMs` of the audio, in UTF-16, rounded to a whole word, or to a whole character in
 * scripts without spaces.
 */
export function charsHeard(pieces: readonly Piece[], heardMs: number): number {
  let chars = 0;
  for (const [at, piece] of pieces.entries()) {
    if (piece.atMs >= heardMs) break;
    const endMs = pieces[at + 1]?.atMs ?? piece.atMs + lettersIn(piece.text) / LETTERS_PER_MS;
    const share = endMs > piece.atMs ? (heardMs - piece.atMs) / (endMs - piece.atMs) : 1;
    chars += share >= 1 ? piece.text.length : saidUntil(piece.text, share);
    if (share < 1) break;
  }
  // A character may begin in one piece and continue in the next.
  return characterEdge(pieces.map((piece) => piece.text).join(""), chars);
}

export function textOf(line: AnswerLine): string {
  return line.pieces.map((piece) => piece.text).join("");
}

function ofTurn(lines: readonly Line[], turn: number): AnswerLine[] {
  return lines.filter((line): line is AnswerLine => line.kind === "answer" && line.turn === turn);
}

/** The lines of the conversation itself. */
export function conversationOf(lines: readonly Line[]): readonly Line[] {
  return lines.filter((line) => line.kind !== "notice" || !line.aside);
}

/**
 * The newest notice about connection or devices that still matters: one that only informs does so until the next question.
 */
export function asideOf(lines: readonly Line[]): NoticeLine | null {
  const at = lines.findLastIndex((line) => line.kind === "notice" && line.aside);
  const notice = lines[at];
  if (notice?.kind !== "notice") return null;
  const passed = notice.level === "info" && lines.slice(at).some((line) => line.kind === "person" && line.final);
  return passed ? null : notice;
}
