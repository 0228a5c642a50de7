/** Messages between the page and the worker that draws the wave. */
import type { WaveColors, WaveFrame } from "./canvasStrokes";

export interface Look {
  readonly kind: "look";
  /** Side of the canvas in device pixels, and in CSS pixels. */
  readonly pixels: number;
  readonly size: number;
  readonly colors: WaveColors;
}

export type ToWave =
  /** `originMs`: when the page's clock began. */
  | { readonly kind: "canvas"; readonly canvas: OffscreenCanvas; readonly originMs: number }
  | Look
  /** Nothing moves until the next `draw`. */
  | { readonly kind: "rest" }
  /** From now on until `rest`: this form, and these spectra until newer ones come. */
  | (Pick<WaveFrame, "form" | "microphone" | "voice"> & {
      readonly kind: "draw";
      /** Sent back when the picture can be seen; null where no answer is needed. */
      readonly ask: number | null;
    });

export interface FromWave {
  readonly kind: "drawn";
  readonly ask: number;
}
