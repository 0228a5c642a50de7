/** How loud a microphone is, and whether it is overdriven. Pure. */

export interface InputLevel {
  /** Of the loudest tenth of the 20 ms frames, full scale is 0. -Infinity: digital silence. */
  readonly speechDb: number;
  /** Of the quietest tenth. */
  readonly noiseDb: number;
  /** Share of the samples that stand at full scale beside another one. */
  readonly clippedShare: number;
}

const FULL_SCALE = 0.999;

/** Frames of equal length, full scale +-1. */
export function inputLevel(frames: readonly Float32Array[]): InputLevel {
  const powers = frames.map(powerOf).sort((a, b) => a - b);
  const at = (share: number) => powers[Math.min(powers.length - 1, Math.floor(share * powers.length))] ?? 0;
  const samples = frames.reduce((sum, frame) => sum + frame.length, 0);
  const clipped = frames.reduce((sum, frame) => sum + clippedIn(frame), 0);
  return { speechDb: decibels(at(0.9)), noiseDb: decibels(at(0.1)), clippedShare: samples > 0 ? clipped / samples : 0 };
}

export const decibels = (power: number): number => (power > 0 ? 10 * Math.log10(power) : -Infinity);

export const powerOf = (frame: Float32Array): number => frame.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, frame.length);

/** A single sample at full scale is a chance, two in a row are an overdriven input. */
function clippedIn(frame: Float32Array): number {
  return frame.filter((sample, at) => Math.abs(sample) >= FULL_SCALE && (full(frame[at - 1]) || full(frame[at + 1]))).length;
}

const full = (sample: number | undefined): boolean => sample !== undefined && Math.abs(sample) >= FULL_SCALE;
