/** Messages between the page and its two worklets and the VAD worker. */
import type { PlayedReport } from "../types";
import type { Sensitivity } from "./vad/voiceDetector";
import type { Ducking } from "./gain";
import type { Robustness } from "./jitterTarget";

/** From the page to the playback worklet. */
export type ToPlayback =
  /** 0 to 1. */
  | { readonly kind: "volume"; readonly gain: number }
  /** Lowers the volume while a user speaks, or restores it. */
  | { readonly kind: "duck"; readonly how: Ducking }
  /** How much audio the jitter buffer holds before playing. */
  | { readonly kind: "aim"; readonly wish: Robustness }
  /** Starts or stops sending the played audio to the page, for the call's recording. */
  | { readonly kind: "record"; readonly on: boolean }
  /** Port that receives the played audio from now on; null ends it. */
  | { readonly kind: "ear"; readonly port: MessagePort | null }
  /** An audio frame as received, header included; transferred. */
  | { readonly kind: "frame"; readonly frame: ArrayBuffer }
  | { readonly kind: "flush"; readonly turn: number }
  | { readonly kind: "end"; readonly turn: number; readonly voiceMs: number };

/** From the playback worklet: what played, and when by the local clock (ms, 1 ms steps). */
export interface FromPlayback extends PlayedReport {
  readonly atMs: number;
}

/** From the playback worklet while recording: 20 ms in which something sounded, before volume and ducking; transferred. */
export interface SoundedFrame {
  readonly kind: "sounded";
  readonly pcm: Int16Array<ArrayBuffer>;
  /** The device's number of the first sample. */
  readonly frame: number;
  /** When the last sample sounded, by the local clock in ms. */
  readonly atMs: number;
}

/** From the capture worklet: 20 ms of PCM16 behind 12 free bytes; transferred. */
export interface FromCapture {
  readonly frame: ArrayBuffer;
  /** Root mean square of the frame, full scale is 1. */
  readonly rms: number;
  /** When its last sample was captured, by the local clock in ms. */
  readonly atMs: number;
}

/** From the capture worklet while muted: how loud 20 ms were. The sound itself does not leave the worklet. */
export interface MutedLevel extends Omit<FromCapture, "frame"> {
  readonly frame: null;
}

/** From the page to the capture worklet. */
export type ToCapture =
  /** Port that receives a copy of the samples, silence while muted; null ends it. */
  | { readonly kind: "ear"; readonly port: MessagePort | null }
  | { readonly kind: "mute"; readonly on: boolean };

/** From the playback worklet to the VAD, every 20 ms: what was played at 24 kHz, or null for silence. */
export interface PlayedAudio {
  readonly pcm: Float32Array | null;
  /** In mid-answer, including pauses. */
  readonly speaking: boolean;
}

/** From the page to the VAD. The ports lead to the two worklets; a second `start` replaces them. */
export type ToVad =
  | { readonly kind: "start"; readonly weights: ArrayBuffer }
  | { readonly kind: "microphone"; readonly port: MessagePort }
  | { readonly kind: "loudspeaker"; readonly port: MessagePort }
  | { readonly kind: "sensitivity"; readonly value: Sensitivity };

/** From the VAD to the page. The VAD ducks playback directly: a busy page would be too late. */
export type FromVad =
  | { readonly kind: "ducked"; readonly on: boolean }
  /** Model audio came back through the microphone, loud enough to count as speech. Once per answer. */
  | { readonly kind: "echo" };

/** Microphone samples at 16 kHz per message to the VAD: 16 ms, the interval of its decisions. */
export const VAD_SAMPLES = 256;

export const CAPTURE_PROCESSOR = "s2s-capture";
export const PLAYBACK_PROCESSOR = "s2s-playback";
