/**
 * Silero VAD 5, 16 kHz: is there a voice in these 32 ms? Pure.
 *
 * The network is small (0.24 million weights, 0.9 million multiplications per 32 ms), so it is written out here: the
 * general runtime for such files is 14 MB of WebAssembly, this is 0.5 MB of weights. Structure as in silero_vad.onnx:
 * spectrum, four convolutions, one LSTM cell, one output. docs/decisions/0013 has the figures.
 */

export const CHUNK = 512;
/** The samples before a chunk that the network sees, too. */
const CONTEXT = 64;
const WINDOW = 256;
const HOP = 128;
const FRAMES = 4;
const BINS = WINDOW / 2 + 1;
const CELLS = 128;
const KERNEL = 3;

/** Columns are time steps, rows are channels: `values[channel * steps + step]`. */
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

export class Silero {
  readonly #layers: readonly Layer[];
  readonly #fromInput: Float32Array;
  readonly #fromState: Float32Array;
  readonly #gateBias: Float32Array;
  readonly #outWeights: Float32Array;
  readonly #outBias: number;
  readonly #seen = new Float32Array(CONTEXT + CHUNK);
  readonly #hidden = new Float32Array(CELLS);
  readonly #cell = new Float32Array(CELLS);

  /** `file`: the 16-bit weights, in the order in which they are read here. Throws RangeError for another length. */
  constructor(file: ArrayBuffer) {
    const all = halfToFloat(new Uint16Array(file));
    let at = 0;
    const take = (count: number): Float32Array => all.subarray(at, (at += count));
    this.#layers = SHAPES.map((shape) => ({
      ...shape,
      weights: take(shape.outputs * shape.inputs * KERNEL),
      bias: take(shape.outputs),
    }));
    this.#fromInput = take(4 * CELLS * CELLS);
    this.#fromState = take(4 * CELLS * CELLS);
    this.#gateBias = take(4 * CELLS);
    this.#outWeights = take(CELLS);
    this.#outBias = take(1)[0] ?? 0;
    if (at !== all.length) throw new RangeError(`${all.length} weights; ${at} are needed`);
  }

  /** 512 samples at 16 kHz, full scale 1. Gives how likely they hold a voice, 0 to 1. Chunks must follow each other. */
  hear(chunk: Float32Array): number {
    this.#seen.copyWithin(0, CHUNK);
    this.#seen.set(chunk, CONTEXT);
    let grid: Grid = { values: spectrum(this.#seen), steps: FRAMES };
    for (const layer of this.#layers) grid = convolve(grid, layer);
    this.#remember(grid.values);
    let sum = this.#outBias;
    for (let cell = 0; cell < CELLS; cell++) sum += at(this.#outWeights, cell) * Math.max(0, at(this.#hidden, cell));
    return sigmoid(sum);
  }

  /** One step of the LSTM; its gates stand in the order input, forget, cell, output. */
  #remember(input: Float32Array): void {
    const gates = Float32Array.from(this.#gateBias);
    for (let row = 0; row < 4 * CELLS; row++) {
      let sum = 0;
      for (let column = 0, place = row * CELLS; column < CELLS; column++, place++) {
        sum += at(this.#fromInput, place) * at(input, column) + at(this.#fromState, place) * at(this.#hidden, column);
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
const COS = Float32Array.from({ length: WINDOW }, (_, n) => Math.cos((2 * Math.PI * n) / WINDOW));
const SIN = Float32Array.from({ length: WINDOW }, (_, n) => Math.sin((2 * Math.PI * n) / WINDOW));

/** Magnitudes of four windows; the end is mirrored by 64 samples. */
function spectrum(samples: Float32Array): Float32Array {
  const padded = new Float32Array(samples.length + CONTEXT);
  padded.set(samples);
  for (let n = 0; n < CONTEXT; n++) padded[samples.length + n] = at(samples, samples.length - 2 - n);
  const out = new Float32Array(BINS * FRAMES);
  const windowed = new Float32Array(WINDOW);
  for (let frame = 0; frame < FRAMES; frame++) {
    for (let n = 0; n < WINDOW; n++) windowed[n] = at(padded, frame * HOP + n) * at(HANN, n);
    for (let bin = 0; bin < BINS; bin++) {
      let re = 0;
      let im = 0;
      for (let n = 0, turn = 0; n < WINDOW; n++, turn = (turn + bin) & (WINDOW - 1)) {
        re += at(windowed, n) * at(COS, turn);
        im += at(windowed, n) * at(SIN, turn);
      }
      out[bin * FRAMES + frame] = Math.sqrt(re * re + im * im);
    }
  }
  return out;
}

/** Three taps wide, one step of zeros on both sides, negative sums cut off. */
function convolve({ values, steps }: Grid, { inputs, outputs, stride, weights, bias }: Layer): Grid {
  const outSteps = Math.ceil(steps / stride);
  const out = new Float32Array(outputs * outSteps);
  for (let channel = 0; channel < outputs; channel++) {
    for (let step = 0; step < outSteps; step++) {
      const first = step * stride - 1;
      let sum = at(bias, channel);
      for (let input = 0; input < inputs; input++) {
        const taps = (channel * inputs + input) * KERNEL;
        for (let tap = 0; tap < KERNEL; tap++) {
          const from = first + tap;
          if (from >= 0 && from < steps) sum += at(weights, taps + tap) * at(values, input * steps + from);
        }
      }
      out[channel * outSteps + step] = Math.max(0, sum);
    }
  }
  return { values: out, steps: outSteps };
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** All places are inside by construction; the cast costs nothing in the loops that run a million times. */
const at = (values: Float32Array, place: number): number => values[place] as number;

function halfToFloat(halves: Uint16Array): Float32Array {
  return Float32Array.from(halves, (half) => {
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 0x1f;
    const fraction = (half & 0x3ff) / 1024;
    return sign * (exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15));
  });
}
