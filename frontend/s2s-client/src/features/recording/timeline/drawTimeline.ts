/** Paints the line: ruler, both voices, words, events, and where it plays. Reads no element and no clock. */
import type { Item } from "../callRecord";
import { toolHeading } from "../../../state/toolLabels";
import { characterEdge } from "../../../shared/unicodeText";
import { clock, seconds, sentence } from "../textExport";
import { loudest } from "./peaks";
import { ticks, toX, type View } from "./viewport";

export interface Palette {
  readonly ink: string;
  readonly soft: string;
  readonly edge: string;
  readonly person: string;
  readonly personWash: string;
  readonly voice: string;
  readonly alert: string;
  readonly surface: string;
  readonly font: string;
}

export interface Picture {
  readonly items: readonly Item[];
  readonly person: Uint8Array;
  readonly ai: Uint8Array;
}

const RULER = 26;
const WAVE = 58;
const WORDS = 28;
const EVENTS = 30;
const PADDING = 6;
const GAP = 6;
/** Room for the head of the line that shows where it plays. */
const HEAD = 5;
const LANES = (() => {
  const person = RULER;
  const ai = person + WAVE + GAP;
  const said = ai + WAVE + GAP;
  const answered = said + WORDS;
  const events = answered + WORDS + GAP;
  return { person, ai, said, answered, events };
})();

export const TIMELINE_HEIGHT_PX = LANES.events + EVENTS;

type Brush = CanvasRenderingContext2D;

export function drawTimeline(brush: Brush, view: View, picture: Picture, positionMs: number, palette: Palette): void {
  brush.clearRect(0, 0, view.widthPx, TIMELINE_HEIGHT_PX);
  brush.font = palette.font;
  brush.textBaseline = "middle";
  ruler(brush, view, palette);
  wave(brush, view, picture.person, LANES.person, palette.person, palette);
  wave(brush, view, picture.ai, LANES.ai, palette.voice, palette);
  for (const item of picture.items) {
    const endMs = "endMs" in item && item.endMs !== null ? item.endMs : item.atMs;
    const [from, to] = [toX(view, item.atMs), toX(view, endMs)];
    // A label may be longer than its moment.
    if (from <= view.widthPx && to >= -200) drawItem(brush, item, from, to, view, palette);
  }
  const x = toX(view, positionMs);
  brush.fillStyle = palette.ink;
  brush.fillRect(x - 1, 0, 2, TIMELINE_HEIGHT_PX);
  brush.beginPath();
  brush.arc(x, HEAD, HEAD, 0, 2 * Math.PI);
  brush.fill();
}

function ruler(brush: Brush, view: View, { soft, edge }: Palette): void {
  for (const ms of ticks(view)) {
    const x = toX(view, ms);
    brush.fillStyle = edge;
    brush.fillRect(x, RULER - 8, 1, TIMELINE_HEIGHT_PX);
    brush.fillStyle = soft;
    const tenth = view.msPerPx < 12 ? `.${Math.floor((ms % 1000) / 100)}` : "";
    const text = clock(ms) + tenth;
    const from = x + HEAD + 2;
    if (from + brush.measureText(text).width <= view.widthPx) brush.fillText(text, from, RULER / 2);
  }
}

function wave(brush: Brush, view: View, peaks: Uint8Array, top: number, colour: string, { edge }: Palette): void {
  const middle = top + WAVE / 2;
  brush.fillStyle = edge;
  brush.fillRect(0, middle - 0.5, view.widthPx, 1);
  brush.fillStyle = colour;
  for (let x = 0; x < view.widthPx; x++) {
    const fromMs = view.fromMs + x * view.msPerPx;
    // The ear's scale: a quiet voice is seen, too.
    const height = Math.sqrt(loudest(peaks, fromMs, fromMs + view.msPerPx)) * (WAVE - 4);
    if (height > 1) brush.fillRect(x, middle - height / 2, 1, height);
  }
}

function drawItem(brush: Brush, item: Item, from: number, to: number, view: View, palette: Palette): void {
  switch (item.kind) {
    case "person":
      words(brush, sentence(item), { from, to, top: LANES.said, fill: palette.personWash, stroke: palette.person }, palette);
      break;
    case "answer":
      words(brush, sentence(item), { from, to, top: LANES.answered, fill: palette.surface, stroke: palette.voice }, palette);
      break;
    case "tool":
      words(brush, toolHeading(item.name), { from, to, top: LANES.events, fill: palette.surface, stroke: item.ok === false ? palette.alert : palette.voice }, palette);
      break;
    case "interruption":
      interruption(brush, from, palette.alert);
      break;
    case "latency":
      if (item.earMs !== null) latency(brush, from, item.earMs, view, palette);
      break;
    case "connection":
    case "upstream":
      mark(brush, from, item.status === "connected" || item.status === "live" ? palette.soft : palette.alert);
      break;
    case "microphone":
      mark(brush, from, palette.soft);
      break;
    case "notice":
      mark(brush, from, item.level === "info" ? palette.soft : palette.alert);
  }
}

interface Box {
  readonly from: number;
  readonly to: number;
  readonly top: number;
  readonly fill: string;
  readonly stroke: string;
}

/** What is said stands in its box as far as there is room, and ends in dots there. */
function words(brush: Brush, text: string, { from, to, top, fill, stroke }: Box, { ink }: Palette): void {
  const width = Math.max(3, to - from);
  const height = WORDS - 5;
  brush.save();
  brush.beginPath();
  brush.roundRect(from, top, width, height, 4);
  brush.fillStyle = fill;
  brush.fill();
  brush.strokeStyle = stroke;
  brush.lineWidth = 1;
  brush.stroke();
  brush.clip();
  brush.fillStyle = ink;
  const left = Math.max(from, 0) + PADDING;
  if (width > 24) brush.fillText(fitted(brush, text, to - PADDING - left), left, top + height / 2 + 1);
  brush.restore();
}

/** As much of `text` as there is room for. */
function fitted(brush: Brush, text: string, room: number): string {
  const width = brush.measureText(text).width;
  if (width <= room) return text;
  // By the mean width of a letter, which is near enough: the box clips the rest.
  const letters = Math.floor((text.length * room) / width) - 1;
  return letters > 0 ? `${text.slice(0, characterEdge(text, letters)).trimEnd()}…` : "";
}

/** A cross through the AI's voice: here it was cut. */
function interruption(brush: Brush, x: number, colour: string): void {
  const middle = LANES.ai + WAVE / 2;
  brush.strokeStyle = colour;
  brush.lineWidth = 2;
  brush.beginPath();
  for (const way of [-1, 1]) {
    brush.moveTo(x - 6, middle - 6 * way);
    brush.lineTo(x + 6, middle + 6 * way);
  }
  brush.moveTo(x, LANES.ai);
  brush.lineTo(x, LANES.ai + WAVE);
  brush.stroke();
}

/** From the end of the person's words to the first sound. */
function latency(brush: Brush, x: number, earMs: number, view: View, { soft }: Palette): void {
  const width = earMs / view.msPerPx;
  const y = LANES.ai - GAP / 2;
  brush.fillStyle = soft;
  brush.fillRect(x - width, y - 1, width, 2);
  const text = seconds(earMs);
  if (width > brush.measureText(text).width + 4) brush.fillText(text, x - width + 2, y + 10);
}

function mark(brush: Brush, x: number, colour: string): void {
  brush.strokeStyle = colour;
  brush.lineWidth = 1.5;
  brush.setLineDash([4, 3]);
  brush.beginPath();
  brush.moveTo(x, RULER);
  brush.lineTo(x, TIMELINE_HEIGHT_PX);
  brush.stroke();
  brush.setLineDash([]);
}
