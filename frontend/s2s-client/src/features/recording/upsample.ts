/** 16 kHz to 24 kHz for a whole recording: a windowed sinc in three phases, 32 multiplications a sample. Pure. */
import type { AudioTrack } from "./audioTrack";

const UP = 3;
const DOWN = 2;
/** Input samples on each side of an output sample. */
const REACH = 16;
/** Of the input's own Nyquist limit; the rest is the filter's slope. */
const CUTOFF = 0.94;

const PHASES = Array.from({ length: UP }, (_, phase) => kernel(((phase * DOWN) % UP) / UP));

/** `count` samples at 24 kHz from the output sample `from` on. */
export function readUpsampled(track: AudioTrack, from: number, count: number): Int16Array<ArrayBuffer> {
  const first = Math.floor((from * DOWN) / UP) - REACH + 1;
  const input = track.read(first, Math.ceil((count * DOWN) / UP) + 2 * REACH + 1);
  const out = new Int16Array(count);
  if (!input.some((sample) => sample !== 0)) return out;
  for (let n = 0; n < count; n++) {
    const place = (from + n) * DOWN;
    const taps = PHASES[(from + n) % UP] as Float32Array;
    const base = Math.floor(place / UP) - REACH + 1 - first;
    let sum = 0;
    for (let k = 0; k < 2 * REACH; k++) sum += (taps[k] as number) * (input[base + k] as number);
    out[n] = Math.max(-32768, Math.min(32767, Math.round(sum)));
  }
  return out;
}

/** Weights for a place `fraction` after the middle input sample, with the sum 1. */
function kernel(fraction: number): Float32Array {
  const taps = Float32Array.from({ length: 2 * REACH }, (_, k) => {
    const x = fraction - (k - REACH + 1);
    const sinc = x === 0 ? 1 : Math.sin(Math.PI * CUTOFF * x) / (Math.PI * CUTOFF * x);
    const phase = (Math.PI * x) / (REACH + 1);
    return sinc * (0.42 + 0.5 * Math.cos(phase) + 0.08 * Math.cos(2 * phase));
  });
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
}
