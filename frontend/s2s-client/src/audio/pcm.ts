/** Float and PCM16 samples, and the 12 bytes in front of an audio frame. Pure. */
import { FLAG_OPUS, HEADER_BYTES, WIRE_VERSION } from "../types/wire.gen";

export interface FrameHeader {
  /** Bit 0: last frame of its turn; FLAG_OPUS: its length is not that of PCM, or of one frame. */
  readonly flags: number;
  /** u16; 0 on the way up. */
  readonly turn: number;
  /** u32, counts the frames of one direction from 0. */
  readonly seq: number;
  /** u32, the sender's own clock in ms. */
  readonly clockMs: number;
}

/** Writes the header into the first 12 bytes of `frame`. Numbers wrap to their width. */
export function writeHeader(frame: ArrayBuffer, header: FrameHeader): void {
  const view = new DataView(frame, 0, HEADER_BYTES);
  view.setUint8(0, WIRE_VERSION);
  view.setUint8(1, header.flags);
  view.setUint16(2, header.turn);
  view.setUint32(4, header.seq);
  view.setUint32(8, header.clockMs);
}

/** The header of a frame that carries `samples` samples, or null where the bytes do not follow the wire. */
export function readHeader(frame: ArrayBuffer, samples: number): FrameHeader | null {
  if (frame.byteLength < HEADER_BYTES) return null;
  const view = new DataView(frame);
  const compressed = frame.byteLength > HEADER_BYTES && (view.getUint8(1) & FLAG_OPUS) !== 0;
  if (!compressed && frame.byteLength !== HEADER_BYTES + 2 * samples) return null;
  if (view.getUint8(0) !== WIRE_VERSION) return null;
  return {
    flags: view.getUint8(1),
    turn: view.getUint16(2),
    seq: view.getUint32(4),
    clockMs: view.getUint32(8),
  };
}

/** Full scale is +-1; what lies outside is clamped, what is not a number is silence. */
export function floatToInt16(sample: number): number {
  return Math.max(-32768, Math.min(32767, Math.round(sample * 32768))) || 0;
}

/** Writes `samples` as PCM16LE behind the header's place. */
export function writeSamples(frame: ArrayBuffer, samples: Float32Array): void {
  const view = new DataView(frame, HEADER_BYTES);
  samples.forEach((sample, at) => {
    view.setInt16(2 * at, floatToInt16(sample), true);
  });
}

/** The samples behind the header, +-1. */
export function readSamples(frame: ArrayBuffer): Float32Array {
  const view = new DataView(frame, HEADER_BYTES);
  const out = new Float32Array(view.byteLength >> 1);
  for (let at = 0; at < out.length; at++) {
    out[at] = view.getInt16(2 * at, true) / 32768;
  }
  return out;
}

/** Whether `turn` is newer than `other`, modulo 2^16. */
export function turnIsAfter(turn: number, other: number): boolean {
  const distance = (turn - other) & 0xffff;
  return distance > 0 && distance < 0x8000;
}
