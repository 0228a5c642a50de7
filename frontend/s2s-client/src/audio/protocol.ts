/** What the page and its two worklets say to each other. */
import type { PlayedReport } from "../types";

/** From the page to the playback worklet. */
export type ToPlayback =
  /** A voice frame as it came from the network, header included; transferred. */
  | { readonly kind: "frame"; readonly frame: ArrayBuffer }
  | { readonly kind: "flush"; readonly turn: number }
  | { readonly kind: "end"; readonly turn: number; readonly voiceMs: number };

/** From the playback worklet: what sounded, and when by the machine's clock (ms, 1 ms steps). */
export interface FromPlayback extends PlayedReport {
  readonly atMs: number;
}

/** From the capture worklet: 20 ms of PCM16 behind 12 free bytes; transferred. */
export interface FromCapture {
  readonly frame: ArrayBuffer;
  /** Root mean square of the frame, full scale is 1. */
  readonly rms: number;
  /** When its last sample was captured, by the machine's clock in ms. */
  readonly atMs: number;
}

export const CAPTURE_PROCESSOR = "s2s-capture";
export const PLAYBACK_PROCESSOR = "s2s-playback";
