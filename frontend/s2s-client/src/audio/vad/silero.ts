/**
 * Silero VAD 5, 16 kHz: the likelihood of speech in 32 ms. Pure.
 *
 * The network is small (0.24 million weights, 0.4 million multiplications per 32 ms), so it is written out here: the general
 * runtime for such files is 14 MB of WebAssembly, this is 0.5 MB of weights. Structure as in silero_vad.onnx: spectrum, four
 * convolutions, one LSTM cell, one output. docs/decisions/0013 has the figures.
 */
import { transform } from "./fft";

export const CHUNK = 512;
/** The samples before a chunk that the network also reads. */
const CONTEXT = 64;
const WINDOW = 256;
const HOP = 128;
const FRAMES = 4;
const BINS = WINDOW / 2 + 1;
const CELLS = 128;
/** Below this likelihood there is no speech. */
const SILENCE_LIKELIHOOD = 0.1;
/** 2 s. The state after a longer silence makes the network miss speech, so it is reset. */
const FORGET_CHUNKS = 62;
const KERNEL = 3;

/**
 * A matrix whose columns are time steps and whose rows are channels. Each row has a zero before its first and after its last
 * step, for the three taps: `values[channel * (steps + 2) + 1 + step]`.
 */
interface Grid {
  readonly values: Float32Array;
  readonly steps: number;
}

interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  readonly stride: number;
  readonly weights: Float32Array;
  readonly bias: Float32Array;
}

const SHAPES = [
  { inputs: BINS, outputs: 128, stride: 1 },
  { inputs: 128, outputs: 64, stride: 2 },
  { inputs: 64, outputs: 64, stride: 2 },
  { inputs: 64, outputs: 128, stride: 1 },
] as const;

/** The trained weights; detectors share them. */
export interface SileroWeights {
  readonly layers: readonly Layer[];
  readonly fromInput: Float32Array;
  readonly fromState: Float32Array;
  readonly gateBias: Float32Array;
  readonly outWeights: Float32Array;
  readonly outBias: number;
}

/** Reads the 16-bit weights, in the order of the file. Throws RangeError for another length. */
export function readWeights(file: ArrayBuffer): SileroWeights {
  const all = halfToFloat(new Uint16Array(file));
  let at = 0;
  const take = (count: number): Float32Array => all.subarray(at, (at += count));
  const weights: SileroWeights = {
    layers: SHAPES.map((shape) => ({
      ...shape,
      weights: take(shape.outputs * shape.inputs * KERNEL),
      bias: take(shape.outputs),
    })),
    fromInput: take(4 * CELLS * CELLS),
    fromState: take(4 * CELLS * CELLS),
    gateBias: take(4 * CELLS),
    outWeights: take(CELLS),
    outBias: take(1)[0] ?? 0,
  };
  if (at !== all.length) throw new RangeError(`${all.length} weights; ${at} are needed`);
  return weights;
}

export class Silero {
  readonly #weights: SileroWeights;
  readonly #seen = new Float32Array(CONTEXT + CHUNK);
  readonly #hidden = new Float32Array(CELLS);
  readonly #cell = new Float32Array(CELLS);
  #quietChunks = 0;

  constructor(weights: SileroWeights) {
    this.#weights = weights;
  }

  /** Takes 512 samples at 16 kHz, full scale 1. Returns the likelihood of speech, 0 to 1. Chunks must be consecutive. */
  detect(chunk: Float32Array): number {
    this.#seen.copyWithin(0, CHUNK);
    this.#seen.set(chunk, CONTEXT);
    const { layers, outWeights, outBias } = this.#weights;
    let grid: Grid = { values: spectrum(this.#seen), steps: FRAMES };
    for (const layer of layers) grid = convolve(grid, layer);
    // One step is left.
    this.#remember(grid.values.filter((_, place) => place % 3 === 1));
    let sum = outBias;
    for (let cell = 0; cell < CELLS; cell++) sum += at(outWeights, cell) * Math.max(0, at(this.#hidden, cell));
    const likely = sigmoid(sum);
    this.#quietChunks = likely < SILENCE_LIKELIHOOD ? this.#quietChunks + 1 : 0;
    if (this.#quietChunks === FORGET_CHUNKS) this.#forget();
    return likely;
  }

  #forget(): void {
    this.#hidden.fill(0);
    this.#cell.fill(0);
    this.#quietChunks = 0;
  }

  /** Runs one step of the LSTM; its gates are in the order input, forget, cell, output. */
  #remember(input: Float32Array): void {
    const { fromInput, fromState, gateBias } = this.#weights;
    const gates = Float32Array.from(gateBias);
    for (let row = 0; row < 4 * CELLS; row++) {
      let sum = 0;
      for (let column = 0, place = row * CELLS; column < CELLS; column++, place++) {
        sum += at(fromInput, place) * at(input, column) + at(fromState, place) * at(this.#hidden, column);
      }
      gates[row] = at(gates, row) + sum;
    }
    for (let cell = 0; cell < CELLS; cell++) {
      const kept = sigmoid(at(gates, CELLS + cell)) * at(this.#cell, cell);
      const fresh = sigmoid(at(gates, cell)) * Math.tanh(at(gates, 2 * CELLS + cell));
      this.#cell[cell] = kept + fresh;
      this.#hidden[cell] = sigmoid(at(gates, 3 * CELLS + cell)) * Math.tanh(kept + fresh);
    }
  }
}

const HANN = Float32Array.from({ length: WINDOW }, (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / WINDOW));

/** Magnitudes of four windows; the end is mirrored by 64 samples. */
function spectrum(samples: Float32Array): Float32Array {
  const padded = new Float32Array(samples.length + CONTEXT);
  padded.set(samples);
  for (let n = 0; n < CONTEXT; n++) padded[samples.length + n] = at(samples, samples.length - 2 - n);
  const out = new Float32Array(BINS * (FRAMES + 2));
  const re = new Float64Array(WINDOW);
  const im = new Float64Array(WINDOW);
  for (let frame = 0; frame < FRAMES; frame++) {
    for (let n = 0; n < WINDOW; n++) re[n] = at(padded, frame * HOP + n) * at(HANN, n);
    im.fill(0);
    transform(re, im);
    for (let bin = 0; bin < BINS; bin++) {
      out[bin * (FRAMES + 2) + 1 + frame] = Math.sqrt((re[bin] as number) ** 2 + (im[bin] as number) ** 2);
    }
  }
  return out;
}

/** A convolution with three taps and ReLU. */
function convolve({ values, steps }: Grid, { inputs, outputs, stride, weights, bias }: Layer): Grid {
  const outSteps = Math.ceil(steps / stride);
  const out = new Float32Array(outputs * (outSteps + 2));
  for (let channel = 0; channel < outputs; channel++) {
    for (let step = 0; step < outSteps; step++) {
      let sum = at(bias, channel);
      let tap = channel * inputs * KERNEL;
      let from = step * stride;
      for (let input = 0; input < inputs; input++, tap += KERNEL, from += steps + 2) {
        sum += at(weights, tap) * at(values, from) + at(weights, tap + 1) * at(values, from + 1) + at(weights, tap + 2) * at(values, from + 2);
      }
      out[channel * (outSteps + 2) + 1 + step] = Math.max(0, sum);
    }
  }
  return { values: out, steps: outSteps };
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** All indices are in range by construction; the cast costs nothing in loops that run a million times. */
const at = (values: Float32Array, place: number): number => values[place] as number;

function halfToFloat(halves: Uint16Array): Float32Array {
  return Float32Array.from(halves, (half) => {
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 0x1f;
    const fraction = (half & 0x3ff) / 1024;
    return sign * (exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15));
  });
}
