/**
 * The two bodies that sound has: rays for the person, soft surfaces for the AI. What is the same in every picture is
 * counted once, and a picture allocates nothing: sixty a second are drawn during speech.
 */
import { type Pen, TAU, UP, type WaveFrame } from "./canvasStrokes";

const RAYS = 96;
const POINTS = 96;

/** An index that the loop around it keeps inside. */
const at = (values: Float64Array | Float32Array | Uint8Array, index: number): number => values[index] as number;

/** Where the corners of a full turn stand. */
function corners(count: number) {
  const angle = (corner: number) => (corner / count) * TAU + UP;
  return {
    x: Float64Array.from({ length: count }, (_, corner) => Math.cos(angle(corner))),
    y: Float64Array.from({ length: count }, (_, corner) => Math.sin(angle(corner))),
  };
}

/** 0 at the beginning of a turn to 1 at its half and back, so that both ends meet. */
const mirrored = (turn: number): number => (turn <= 0.5 ? 2 * turn : 2 - 2 * turn);

/** Where in a spectrum a band lies. Speech lives in the lower half; finer steps below, as the ear has them. */
const bandAt = (place: number): number => place ** 1.5 * 0.5;

function band(spectrum: Uint8Array, where: number): number {
  if (spectrum.length === 0) return 0;
  return at(spectrum, Math.min(Math.floor(where * spectrum.length), spectrum.length - 1)) / 255;
}

const RAY = corners(RAYS);
const RAY_BANDS = Float64Array.from({ length: RAYS }, (_, ray) => bandAt(mirrored(ray / RAYS)));

interface Rays {
  readonly color: string;
  readonly radius: number;
  /** Below 0 they point inwards. */
  readonly reach: number;
}

/** One ray per band, mirrored left and right so that the ring is a face and not a chart. */
export function rays(pen: Pen, { size, plain }: WaveFrame, spectrum: Uint8Array, { color, radius, reach }: Rays): void {
  const least = Math.sign(reach) * 0.004;
  const step = plain ? 2 : 1;
  pen.strokeStyle = color;
  pen.lineWidth = Math.max(1.5, size * 0.0085);
  pen.beginPath();
  for (let ray = 0; ray < RAYS; ray += step) {
    const x = at(RAY.x, ray);
    const y = at(RAY.y, ray);
    const end = radius + least + reach * band(spectrum, at(RAY_BANDS, ray));
    pen.moveTo(size * (0.5 + x * radius), size * (0.5 + y * radius));
    pen.lineTo(size * (0.5 + x * end), size * (0.5 + y * end));
  }
  pen.stroke();
}

interface Body {
  readonly radius: number;
  readonly reach: number;
  readonly alpha: number;
  /** In turns of the whole body. */
  readonly turn: number;
}

const POINT = corners(POINTS);
/** The spectrum stands around the body so many times, each time there and back. */
const FOLDS = 3;
const bodyX = new Float64Array(POINTS);
const bodyY = new Float64Array(POINTS);

/** A soft closed curve that the voice pushes outwards. */
export function body(pen: Pen, frame: WaveFrame, hills: Float32Array, { radius, reach, alpha, turn }: Body): void {
  const { size, plain, colors } = frame;
  const step = plain ? 2 : 1;
  for (let point = 0; point < POINTS; point += step) {
    const fold = ((((point / POINTS + turn) * FOLDS) % 1) + 1) % 1;
    const far = radius + reach * between(hills, mirrored(fold));
    bodyX[point] = size * (0.5 + at(POINT.x, point) * far);
    bodyY[point] = size * (0.5 + at(POINT.y, point) * far);
  }
  pen.globalAlpha = alpha;
  pen.fillStyle = colors.voice;
  pen.beginPath();
  let x = at(bodyX, POINTS - step);
  let y = at(bodyY, POINTS - step);
  pen.moveTo((x + at(bodyX, 0)) / 2, (y + at(bodyY, 0)) / 2);
  for (let point = 0; point < POINTS; point += step) {
    x = at(bodyX, point);
    y = at(bodyY, point);
    const next = (point + step) % POINTS;
    pen.quadraticCurveTo(x, y, (x + at(bodyX, next)) / 2, (y + at(bodyY, next)) / 2);
  }
  pen.closePath();
  pen.fill();
  pen.globalAlpha = 1;
}

const HILLS = 25;
/** How far a band is felt, in hills. */
const SPREAD = 3.2;
const NEAR = 8;
const BELL = Float64Array.from({ length: 2 * NEAR + 1 }, (_, place) => Math.exp(-(((place - NEAR) / SPREAD) ** 2)));
const BELL_SUM = BELL.reduce((sum, weight) => sum + weight, 0);
const HILL_BANDS = Float64Array.from({ length: HILLS }, (_, hill) => bandAt(hill / (HILLS - 1)));
/** The same bands, mirrored at both ends, where the folds meet. */
const padded = new Float64Array(HILLS + 2 * NEAR);
const hills = new Float32Array(HILLS);

/** A wide, bell-shaped average over the bands: a voice is a body, not a comb. Overwritten by the next call. */
export function smoothed(spectrum: Uint8Array): Float32Array {
  for (let place = 0; place < padded.length; place++) {
    const near = Math.abs(place - NEAR);
    padded[place] = band(spectrum, at(HILL_BANDS, near > HILLS - 1 ? 2 * (HILLS - 1) - near : near));
  }
  for (let hill = 0; hill < HILLS; hill++) {
    let sum = 0;
    for (let other = 0; other < BELL.length; other++) sum += at(BELL, other) * at(padded, hill + other);
    hills[hill] = sum / BELL_SUM;
  }
  return hills;
}

function between(values: Float32Array, place: number): number {
  const index = place * (values.length - 1);
  const low = Math.floor(index);
  const value = at(values, low);
  return value + (at(values, Math.min(low + 1, values.length - 1)) - value) * (index - low);
}

export function loudness(spectrum: Uint8Array): number {
  if (spectrum.length === 0) return 0;
  let sum = 0;
  for (let bin = 0; bin < spectrum.length; bin++) sum += at(spectrum, bin);
  return sum / spectrum.length / 255;
}
