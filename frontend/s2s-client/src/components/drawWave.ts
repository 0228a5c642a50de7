/** The circular visualiser as a pure function of spectra, form and time. Every state has its own form. */
import type { Form } from "../session/state";

export interface WaveColors {
  readonly person: string;
  readonly voice: string;
  readonly quiet: string;
  readonly alert: string;
}

export interface WaveFrame {
  /** Side of the square canvas in CSS pixels. */
  readonly size: number;
  readonly form: Form;
  /** Seconds; 0 for a still picture. */
  readonly seconds: number;
  /** Spectra, 0 to 255, low frequencies first. */
  readonly microphone: Uint8Array;
  readonly voice: Uint8Array;
  readonly colors: WaveColors;
}

/** What the drawing needs of a canvas. */
export type Pen = Pick<
  CanvasRenderingContext2D,
  | "clearRect" | "beginPath" | "closePath" | "arc" | "moveTo" | "lineTo" | "quadraticCurveTo" | "stroke" | "fill"
  | "setLineDash" | "strokeStyle" | "fillStyle" | "lineWidth" | "lineCap" | "lineJoin" | "globalAlpha"
>;

/** A spectrum that never sounds: the visualiser at rest. */
const RESTING = Uint8Array.from({ length: 256 }, (_, bin) => {
  const place = (bin / 128) ** (2 / 3) * Math.PI;
  return 116 + 70 * Math.cos(2 * place) * Math.cos(5 * place) + 45 * Math.cos(9 * place);
});

const TAU = 2 * Math.PI;
const BARS = 96;
const BLOB_POINTS = 72;

export function drawWave(pen: Pen, frame: WaveFrame): void {
  pen.clearRect(0, 0, frame.size, frame.size);
  pen.lineCap = "round";
  pen.lineJoin = "round";
  pen.globalAlpha = 1;
  pen.setLineDash([]);
  FORMS[frame.form](pen, frame);
  pen.globalAlpha = 1;
}

type Draw = (pen: Pen, frame: WaveFrame) => void;

const FORMS: Readonly<Record<Form, Draw>> = {
  idle: (pen, frame) => {
    bars(pen, frame, RESTING, { color: frame.colors.voice, radius: 0.25, reach: 0.11 });
    bars(pen, frame, RESTING, { color: frame.colors.quiet, radius: 0.225, reach: -0.05 });
  },
  muted: (pen, frame) => {
    ring(pen, frame, 0.3, { color: frame.colors.quiet, width: 0.012 });
    disc(pen, frame, 0.05, frame.colors.quiet, 1);
    line(pen, frame, [0.4, 0.4], [0.6, 0.6], frame.colors.person, 0.024);
  },
  connecting: (pen, frame) => {
    ring(pen, frame, 0.3, { color: frame.colors.quiet, width: 0.012 });
    const from = frame.seconds * 2.4;
    ring(pen, frame, 0.3, { color: frame.colors.voice, width: 0.02, from, to: from + TAU * 0.28 });
  },
  reconnecting: (pen, frame) => {
    const from = frame.seconds * -1.6;
    pen.setLineDash([frame.size * 0.02, frame.size * 0.035]);
    ring(pen, frame, 0.3, { color: frame.colors.alert, width: 0.018, from, to: from + TAU });
    pen.setLineDash([]);
  },
  listening: (pen, frame) => {
    bars(pen, frame, frame.microphone, { color: frame.colors.person, radius: 0.285, reach: 0.15 });
    disc(pen, frame, 0.05 + 0.05 * loudness(frame.microphone), frame.colors.person, 0.9);
  },
  thinking: (pen, frame) => {
    ring(pen, frame, 0.3, { color: frame.colors.quiet, width: 0.008 });
    for (let dot = 0; dot < 3; dot++) {
      const angle = frame.seconds * 2 + (dot * TAU) / 3;
      spot(pen, frame, at(frame, 0.3, angle), 0.026, frame.colors.voice);
    }
    disc(pen, frame, 0.045, frame.colors.quiet, 0.8);
  },
  tool: (pen, frame) => {
    polygon(pen, frame, 6, 0.3, frame.seconds * 0.5);
    polygon(pen, frame, 6, 0.2, frame.seconds * -0.5);
    disc(pen, frame, 0.05, frame.colors.voice, 1);
  },
  speaking: (pen, frame) => {
    blob(pen, frame, 0.24, 0.2, 0.16);
    blob(pen, frame, 0.2, 0.13, 0.28);
    blob(pen, frame, 0.155, 0.075, 1);
    bars(pen, frame, frame.microphone, { color: frame.colors.person, radius: 0.42, reach: 0.06 });
  },
  interrupted: (pen, frame) => {
    const { person } = frame.colors;
    for (const side of [0, Math.PI]) {
      ring(pen, frame, 0.3, { color: person, width: 0.018, from: side - 1.1, to: side + 1.1 });
    }
    for (const x of [-0.045, 0.045]) {
      line(pen, frame, [0.5 + x, 0.41], [0.5 + x, 0.59], person, 0.036);
    }
  },
  ended: (pen, frame) => {
    ring(pen, frame, 0.3, { color: frame.colors.quiet, width: 0.012 });
    line(pen, frame, [0.42, 0.5], [0.58, 0.5], frame.colors.quiet, 0.022);
  },
  failed: (pen, frame) => {
    ring(pen, frame, 0.3, { color: frame.colors.alert, width: 0.014 });
    line(pen, frame, [0.5, 0.4], [0.5, 0.53], frame.colors.alert, 0.03);
    spot(pen, frame, [0.5 * frame.size, 0.595 * frame.size], 0.018, frame.colors.alert);
  },
};

interface Stroke {
  readonly color: string;
  readonly width: number;
  readonly from?: number;
  readonly to?: number;
}

function ring(pen: Pen, frame: WaveFrame, radius: number, stroke: Stroke): void {
  const middle = frame.size / 2;
  pen.strokeStyle = stroke.color;
  pen.lineWidth = stroke.width * frame.size;
  pen.beginPath();
  pen.arc(middle, middle, radius * frame.size, stroke.from ?? 0, stroke.to ?? TAU);
  pen.stroke();
}

function disc(pen: Pen, frame: WaveFrame, radius: number, color: string, alpha: number): void {
  pen.globalAlpha = alpha;
  spot(pen, frame, [frame.size / 2, frame.size / 2], radius, color);
  pen.globalAlpha = 1;
}

function spot(pen: Pen, frame: WaveFrame, [x, y]: readonly [number, number], radius: number, color: string): void {
  pen.fillStyle = color;
  pen.beginPath();
  pen.arc(x, y, radius * frame.size, 0, TAU);
  pen.fill();
}

type Place = readonly [x: number, y: number];

function line(pen: Pen, frame: WaveFrame, from: Place, to: Place, color: string, width: number): void {
  pen.strokeStyle = color;
  pen.lineWidth = width * frame.size;
  pen.beginPath();
  pen.moveTo(from[0] * frame.size, from[1] * frame.size);
  pen.lineTo(to[0] * frame.size, to[1] * frame.size);
  pen.stroke();
}

/** One bar per band, mirrored left and right so that the ring is a face and not a chart. */
function bars(
  pen: Pen,
  frame: WaveFrame,
  spectrum: Uint8Array,
  { color, radius, reach }: { color: string; radius: number; reach: number },
): void {
  pen.strokeStyle = color;
  pen.lineWidth = Math.max(1.5, frame.size * 0.0085);
  pen.beginPath();
  for (let bar = 0; bar < BARS; bar++) {
    const angle = (bar / BARS) * TAU - Math.PI / 2;
    const length = Math.sign(reach) * 0.004 + reach * band(spectrum, mirrored(bar, BARS));
    pen.moveTo(...at(frame, radius, angle));
    pen.lineTo(...at(frame, radius + length, angle));
  }
  pen.stroke();
}

/** A soft closed curve that the voice pushes outwards. */
function blob(pen: Pen, frame: WaveFrame, radius: number, reach: number, alpha: number): void {
  const points = Array.from({ length: BLOB_POINTS }, (_, point): [number, number] => {
    const angle = (point / BLOB_POINTS) * TAU - Math.PI / 2;
    const sway = 0.006 * Math.sin(3 * angle + frame.seconds * 1.7);
    return at(frame, radius + sway + reach * smoothBand(frame.voice, mirrored(point, BLOB_POINTS)), angle);
  });
  pen.globalAlpha = alpha;
  pen.fillStyle = frame.colors.voice;
  pen.beginPath();
  pen.moveTo(...between(points.at(-1), points[0]));
  points.forEach((point, index) => {
    pen.quadraticCurveTo(...point, ...between(point, points[(index + 1) % BLOB_POINTS]));
  });
  pen.closePath();
  pen.fill();
  pen.globalAlpha = 1;
}

function polygon(pen: Pen, frame: WaveFrame, corners: number, radius: number, turn: number): void {
  pen.strokeStyle = frame.colors.voice;
  pen.lineWidth = 0.014 * frame.size;
  pen.beginPath();
  for (let corner = 0; corner < corners; corner++) {
    const place = at(frame, radius, (corner / corners) * TAU + turn);
    if (corner === 0) pen.moveTo(...place);
    else pen.lineTo(...place);
  }
  pen.closePath();
  pen.stroke();
}

function at(frame: WaveFrame, radius: number, angle: number): [number, number] {
  const middle = frame.size / 2;
  return [middle + Math.cos(angle) * radius * frame.size, middle + Math.sin(angle) * radius * frame.size];
}

function between(a: Place = [0, 0], b: Place = [0, 0]): [number, number] {
  return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
}

/** 0 at the top of the ring to 1 at its bottom, the same on both sides. */
function mirrored(index: number, count: number): number {
  return index <= count / 2 ? index / (count / 2) : (count - index) / (count / 2);
}

/** Speech lives in the lower half of the spectrum; finer steps below, as the ear has them. */
function band(spectrum: Uint8Array, place: number): number {
  const index = Math.floor(place ** 1.5 * spectrum.length * 0.5);
  return (spectrum[Math.min(index, spectrum.length - 1)] ?? 0) / 255;
}

/** A wide, bell-shaped average: a voice is a body, not a comb. */
function smoothBand(spectrum: Uint8Array, place: number): number {
  let sum = 0;
  let weights = 0;
  for (let step = -4; step <= 4; step++) {
    const weight = Math.exp(-(step * step) / 6);
    // Mirrored at both ends, where the two halves of the ring meet.
    const near = Math.abs(place + step * 0.04);
    sum += weight * band(spectrum, near > 1 ? 2 - near : near);
    weights += weight;
  }
  return sum / weights;
}

function loudness(spectrum: Uint8Array): number {
  if (spectrum.length === 0) return 0;
  return spectrum.reduce((sum, value) => sum + value, 0) / spectrum.length / 255;
}
