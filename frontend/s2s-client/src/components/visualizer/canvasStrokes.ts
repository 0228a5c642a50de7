/** What the visualiser is drawn with: rings, dots, lines and signs, all in shares of the canvas's side. Pure. */
import type { Form } from "../../state/sessionState";

export interface WaveColors {
  readonly person: string;
  readonly voice: string;
  /** For what only accompanies. */
  readonly quiet: string;
  /** For signs that must be seen and are neither voice. */
  readonly soft: string;
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
  /** Half the points and rays: for a machine that cannot keep up with all of them. */
  readonly plain?: boolean;
}

/** What the drawing needs of a canvas. */
export type Pen = Pick<
  CanvasRenderingContext2D,
  | "clearRect" | "beginPath" | "closePath" | "arc" | "moveTo" | "lineTo" | "quadraticCurveTo" | "stroke" | "fill"
  | "setLineDash" | "strokeStyle" | "fillStyle" | "lineWidth" | "lineCap" | "lineJoin" | "globalAlpha"
>;

/** From the upper left corner, both 0 to 1. */
export type Place = readonly [x: number, y: number];

export const TAU = 2 * Math.PI;
export const UP = -Math.PI / 2;
const MIDDLE: Place = [0.5, 0.5];

interface Arc {
  readonly color: string;
  readonly width: number;
  readonly radius: number;
  readonly from?: number;
  readonly to?: number;
  readonly middle?: Place;
}

export function ring(pen: Pen, { size }: WaveFrame, { color, width, radius, from = 0, to = TAU, middle = MIDDLE }: Arc): void {
  pen.strokeStyle = color;
  pen.lineWidth = width * size;
  pen.beginPath();
  pen.arc(middle[0] * size, middle[1] * size, radius * size, from, to);
  pen.stroke();
}

export function dot(pen: Pen, { size }: WaveFrame, radius: number, color: string, [x, y]: Place = MIDDLE): void {
  pen.fillStyle = color;
  pen.beginPath();
  pen.arc(x * size, y * size, radius * size, 0, TAU);
  pen.fill();
}

export function line(pen: Pen, { size }: WaveFrame, from: Place, to: Place, color: string, width: number): void {
  pen.strokeStyle = color;
  pen.lineWidth = width * size;
  pen.beginPath();
  pen.moveTo(from[0] * size, from[1] * size);
  pen.lineTo(to[0] * size, to[1] * size);
  pen.stroke();
}

interface Polygon {
  readonly corners: number;
  readonly radius: number;
  readonly color: string;
  readonly width: number;
  /** Where the first corner stands, in radians. */
  readonly turn: number;
  readonly filled?: boolean;
}

export function polygon(pen: Pen, frame: WaveFrame, { corners, radius, color, width, turn, filled = false }: Polygon): void {
  pen.strokeStyle = pen.fillStyle = color;
  pen.lineWidth = width * frame.size;
  pen.beginPath();
  for (let corner = 0; corner < corners; corner++) {
    const angle = (corner / corners) * TAU + turn;
    const x = frame.size * (0.5 + Math.cos(angle) * radius);
    const y = frame.size * (0.5 + Math.sin(angle) * radius);
    if (corner === 0) pen.moveTo(x, y);
    else pen.lineTo(x, y);
  }
  pen.closePath();
  if (filled) pen.fill();
  // Drawn round its corners, also where it is filled.
  pen.stroke();
}

export function microphoneSign(pen: Pen, frame: WaveFrame, color: string): void {
  line(pen, frame, [0.5, 0.415], [0.5, 0.485], color, 0.085);
  ring(pen, frame, { color, width: 0.02, radius: 0.088, from: 0.15, to: Math.PI - 0.15, middle: [0.5, 0.485] });
  line(pen, frame, [0.5, 0.575], [0.5, 0.625], color, 0.02);
}

/** A receiver that lies on its fork. */
export function hungUpSign(pen: Pen, frame: WaveFrame, color: string): void {
  ring(pen, frame, { color, width: 0.034, radius: 0.15, from: UP - 0.85, to: UP + 0.85, middle: [0.5, 0.615] });
  for (const side of [-1, 1]) line(pen, frame, [0.5 + side * 0.113, 0.522], [0.5 + side * 0.131, 0.556], color, 0.066);
}

/** Waves that spread from a mast: the network. */
export function networkSign(pen: Pen, frame: WaveFrame, color: string): void {
  const middle: Place = [0.5, 0.58];
  dot(pen, frame, 0.022, color, middle);
  for (const radius of [0.075, 0.145]) ring(pen, frame, { color, width: 0.02, radius, from: UP - 0.8, to: UP + 0.8, middle });
}
