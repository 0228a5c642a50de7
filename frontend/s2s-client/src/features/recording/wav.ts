/** A call's sound as a stereo WAV file: the person left, the AI right, 24 kHz, on one time line. Pure. */
import { OUTPUT_RATE } from "../../types/wire.gen";
import type { CallAudio } from "./audioTrack";
import { readUpsampled } from "./upsample";

export const WAV_RATE = OUTPUT_RATE;
export const CHANNELS = 2;
const BYTES = 2;
const HEADER = 44;
const PART_SAMPLES = 10 * WAV_RATE;

/** The file in parts, so that a page may breathe between them. `durationMs` is the call's, or where its sound ends. */
export function* wavParts(sound: CallAudio, durationMs: number): Generator<ArrayBuffer> {
  const samples = Math.round((durationMs * WAV_RATE) / 1000);
  yield header(samples);
  for (let from = 0; from < samples; from += PART_SAMPLES) {
    yield interleaved(sound, from, Math.min(PART_SAMPLES, samples - from)).buffer;
  }
}

/** Left and right in turn, at 24 kHz. */
export function interleaved(sound: CallAudio, from: number, count: number): Int16Array<ArrayBuffer> {
  const left = readUpsampled(sound.person, from, count);
  const right = sound.ai.read(from, count);
  const out = new Int16Array(CHANNELS * count);
  for (let at = 0; at < count; at++) {
    out[2 * at] = left[at] as number;
    out[2 * at + 1] = right[at] as number;
  }
  return out;
}

function header(samples: number): ArrayBuffer {
  const bytes = samples * CHANNELS * BYTES;
  const view = new DataView(new ArrayBuffer(HEADER));
  const word = (at: number, text: string) => {
    for (let index = 0; index < text.length; index++) view.setUint8(at + index, text.charCodeAt(index));
  };
  word(0, "RIFF");
  view.setUint32(4, HEADER - 8 + bytes, true);
  word(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, CHANNELS, true);
  view.setUint32(24, WAV_RATE, true);
  view.setUint32(28, WAV_RATE * CHANNELS * BYTES, true);
  view.setUint16(32, CHANNELS * BYTES, true);
  view.setUint16(34, 8 * BYTES, true);
  word(36, "data");
  view.setUint32(40, bytes, true);
  return view.buffer;
}
