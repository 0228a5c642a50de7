/** A call as text: Markdown to read, WebVTT to watch, plain lines to paste. Pure. */
import { modelName } from "../../shared/modelName";
import { toolHeading } from "../../state/toolLabels";
import type { UpstreamStatus } from "../../types";
import type { AnswerItem, CallRecord, Item } from "./callRecord";

const NAMES = { person: "You", answer: "AI" } as const;
/** A caption longer than this is read too late. */
const CAPTION_CHARS = 84;
/** Shorter ones cannot be read. */
const MIN_CAPTION_MS = 700;

/** Minutes and seconds, with hours where there are any. */
export function clock(ms: number): string {
  const s = Math.floor(ms / 1000);
  const parts = [Math.floor(s / 3600), Math.floor(s / 60) % 60, s % 60];
  const [hours = 0, minutes = 0, seconds = 0] = parts;
  const two = (value: number) => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

export function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

const UPSTREAM: Readonly<Record<UpstreamStatus, string>> = {
  connecting: "Connecting to the AI",
  live: "AI connected",
  reconnecting: "Reconnecting to the AI",
  refused: "The AI service refused the connection",
  closed: "AI disconnected",
};

/** What an item says, in one line, without its time. */
export function sentence(item: Item): string {
  switch (item.kind) {
    case "person":
      return item.text;
    case "answer":
      return item.heardChars >= item.text.length ? item.text : `${item.text.slice(0, item.heardChars)}…`;
    case "tool":
      return `${toolWords(item)}: ${toolOutcome(item)}`;
    case "notice":
      return `${item.text} ${item.hint}`.trim();
    case "interruption":
      return interruption(item);
    case "latency":
      return item.earMs === null ? "Replied" : `Replied in ${seconds(item.earMs)}`;
    case "connection":
      if (item.status === "lost") return "Connection lost";
      return `Connected over ${item.carrier === "websocket" ? "WebSocket" : "WebRTC"}`;
    case "upstream":
      return `${UPSTREAM[item.status]}${item.detail && `. ${item.detail}`}`;
    case "microphone":
      return item.muted ? "Mic off" : "Mic on";
  }
}

export function isCut(item: AnswerItem): boolean {
  return item.heardChars < item.text.length;
}

/** "Weather (Paris)", for people; the Markdown file has what a developer needs. */
function toolWords({ name, args }: Extract<Item, { kind: "tool" }>): string {
  const asked = Object.values(args).map((value) => (typeof value === "string" ? value : JSON.stringify(value)));
  return asked.length === 0 ? toolHeading(name) : `${toolHeading(name)} (${asked.join(", ")})`;
}

function toolOutcome({ ok, result, tookMs }: Extract<Item, { kind: "tool" }>): string {
  if (ok === null) return "no answer";
  return `${ok ? result : `failed, ${result}`}${tookMs === null ? "" : ` (${seconds(tookMs)})`}`;
}

function interruption({ by, heardMs, turn }: Extract<Item, { kind: "interruption" }>): string {
  const how = by === "button" ? "Stopped by you" : "Interrupted by voice";
  return turn === null ? `${how}, before it sounded` : `${how} after ${seconds(heardMs)}`;
}

/** What is said, without the marks and counts. */
export function toPlainText({ items }: CallRecord): string {
  const spoken = items.filter((item) => item.kind === "person" || item.kind === "answer");
  return spoken.map((item) => `${NAMES[item.kind]}: ${sentence(item).trim()}`).join("\n");
}

export function toMarkdown(record: CallRecord): string {
  const model = record.model ? `, ${modelName(record.model)}` : "";
  const head = `# Conversation of ${record.startedAt.slice(0, 16).replace("T", " ")} UTC\n\n${clock(record.durationMs)} long${model}\n`;
  const body = record.items.map((item) => `\n${markdownOf(item)}\n`);
  return head + body.join("");
}

function markdownOf(item: Item): string {
  const at = `\`${clock(item.atMs)}\``;
  switch (item.kind) {
    case "person":
      return `${at} **You:** ${escaped(item.text.trim())}`;
    case "answer":
      return `${at} **AI:** ${answerMarkdown(item)}`;
    case "tool":
      return `${at} Tool \`${item.name}\` ${escaped(JSON.stringify(item.args))}: ${escaped(toolOutcome(item))}`;
    case "notice":
      return `> ${at} ${escaped(sentence(item))}`;
    default:
      return `${at} *${escaped(sentence(item))}*`;
  }
}

function answerMarkdown({ text, heardChars }: AnswerItem): string {
  const heard = escaped(text.slice(0, heardChars).trim());
  const cut = escaped(text.slice(heardChars).trim());
  return cut ? `${heard} ~~${cut}~~ (not heard)`.trim() : heard;
}

/** What Markdown would take for its own. */
function escaped(text: string): string {
  return text.replace(/[\\`*_~[\]<>#|]/g, "\\$&").replace(/\s*\n\s*/g, " ");
}

/** Captions of both speakers. What was never heard has none. */
export function toWebVtt(record: CallRecord): string {
  const cues = record.items.flatMap((item) => (item.kind === "person" ? personCues(item) : item.kind === "answer" ? answerCues(item) : []));
  const text = cues
    .filter(({ text }) => text !== "")
    .sort((one, other) => one.atMs - other.atMs)
    .map(({ who, text, atMs, endMs }) => `${stamp(atMs)} --> ${stamp(Math.max(endMs, atMs + MIN_CAPTION_MS))}\n<v ${who}>${safe(text)}\n`);
  return ["WEBVTT\n", ...text].join("\n");
}

interface Cue {
  readonly who: string;
  readonly text: string;
  readonly atMs: number;
  readonly endMs: number;
}

function personCues({ text, atMs, endMs }: Extract<Item, { kind: "person" }>): Cue[] {
  // 0 to 0 are lines from before a reload: their times are unknown.
  return endMs > 0 ? [{ who: NAMES.person, text: oneLine(text), atMs, endMs }] : [];
}

function answerCues({ pieces, endMs, heardChars, atMs }: AnswerItem): Cue[] {
  if (endMs === 0 || endMs === atMs) return [];
  const cues: Cue[] = [];
  let from = 0;
  for (const [index, piece] of pieces.entries()) {
    const text = piece.text.slice(0, Math.max(0, heardChars - from));
    from += piece.text.length;
    const until = Math.min(endMs, pieces[index + 1]?.atMs ?? endMs);
    const last = cues.at(-1);
    const joins = last && last.text.length + text.length <= CAPTION_CHARS && !/[\p{STerm}…][\p{Pe}\p{Pf}"']*\s*$/u.test(last.text);
    if (text.trim() === "") continue;
    if (joins) cues[cues.length - 1] = { ...last, text: last.text + text, endMs: until };
    else cues.push({ who: NAMES.answer, text, atMs: piece.atMs, endMs: until });
  }
  return cues.map((cue) => ({ ...cue, text: oneLine(cue.text) }));
}

const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim();
const safe = (text: string): string => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

function stamp(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  const pad = (value: number, digits = 2) => String(value).padStart(digits, "0");
  const s = Math.floor(whole / 1000);
  return `${pad(Math.floor(s / 3600))}:${pad(Math.floor(s / 60) % 60)}:${pad(s % 60)}.${pad(whole % 1000, 3)}`;
}
