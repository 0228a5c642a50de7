/** How loud a track is every 10 ms, for drawing: half an hour is 180 000 numbers. Pure. */
import type { AudioTrack } from "../audioTrack";

export const PEAK_MS = 10;

/** The greatest absolute sample of each 10 ms, full scale is 255. */
export function peaksOf(track: AudioTrack): Uint8Array {
  const step = (track.rate * PEAK_MS) / 1000;
  const out = new Uint8Array(Math.ceil(track.lengthSamples / step));
  for (const { at, pcm } of track.pieces()) {
    for (let index = 0; index < pcm.length; index++) {
      const level = Math.abs(pcm[index] as number) >> 7;
      const bin = Math.floor((at + index) / step);
      if (level > (out[bin] ?? 0)) out[bin] = level;
    }
  }
  return out;
}

/** The loudest between two moments, 0 to 1. */
export function loudest(peaks: Uint8Array, fromMs: number, toMs: number): number {
  const first = Math.max(0, Math.floor(fromMs / PEAK_MS));
  const last = Math.min(peaks.length, Math.max(first + 1, Math.ceil(toMs / PEAK_MS)));
  let most = 0;
  for (let bin = first; bin < last; bin++) most = Math.max(most, peaks[bin] as number);
  return most / 255;
}
