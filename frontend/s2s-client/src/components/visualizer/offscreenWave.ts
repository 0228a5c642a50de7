/**
 * What moves is drawn by a worker, on a second canvas over the first: painting is the larger part of what a
 * picture costs, and the page's thread has the conversation to carry. What stands still stays on the first canvas, and
 * so does everything where there is no such thread, or none to trust, and while it does not answer yet.
 */
import type { WaveFrame } from "./canvasStrokes";
import type { FromWave, Look, ToWave } from "./waveMessages";
import workerUrl from "./wave.worker.ts?worker&url";

/**
 * WebKitGTK 2.50 ends the page in one of three calls, in its own code, when another thread draws (`make webkit`: 3 of 10
 * stories with it, none of 20 without). Whether Safari, the same engine, does so was never tried: a call is worth more.
 */
function isWebKit(): boolean {
  return navigator.vendor === "Apple Computer, Inc.";
}

export class OffscreenWave {
  /** What is asked for: raised whenever the first canvas is seen again. */
  #ask = 0;
  #asked = false;
  /** The second canvas is what is seen. */
  #seen = false;
  #failed = false;
  #look: Look | null = null;

  private constructor(
    private readonly below: HTMLCanvasElement,
    private readonly above: HTMLCanvasElement,
    private readonly worker: Worker,
  ) {
    const canvas = above.transferControlToOffscreen();
    this.#post({ kind: "canvas", canvas, originMs: performance.timeOrigin }, [canvas]);
    worker.onmessage = ({ data }: MessageEvent<FromWave>) => {
      if (data.ask === this.#ask && this.#asked) this.#see(true);
    };
    worker.onerror = () => {
      this.#failed = true;
      this.#see(false);
    };
  }

  /** Null where the browser has no such thread to trust, or the page's own origin not its code: then the page draws. */
  static open(below: HTMLCanvasElement): OffscreenWave | null {
    const { href, origin } = new URL(workerUrl, window.location.href);
    const able = "transferControlToOffscreen" in below && typeof Worker === "function" && origin === window.location.origin;
    if (!able || !below.parentElement || isWebKit()) return null;
    const above = document.createElement("canvas");
    above.className = "wave-aside";
    above.ariaHidden = "true";
    above.style.opacity = "0";
    below.after(above);
    return new OffscreenWave(below, above, new Worker(href, { type: "module" }));
  }

  /**
   * Draws this form, towards these spectra, in every frame of the screen until `freeze`. True where it is seen: then the page
   * need not draw, nor come as often. `pixels`: the side in device pixels.
   */
  draw({ form, microphone, voice, size, colors }: Omit<WaveFrame, "seconds">, pixels: number): boolean {
    if (this.#failed) return false;
    const look = this.#look;
    if (look?.pixels !== pixels || look.size !== size || look.colors !== colors) {
      this.#post((this.#look = { kind: "look", pixels, size, colors }));
    }
    this.#post({ kind: "draw", form, microphone, voice, ask: this.#asked ? null : this.#ask });
    this.#asked = true;
    return this.#seen;
  }

  /** The first canvas shows what stands still. */
  freeze(): void {
    this.#ask++;
    if (this.#asked) this.#post({ kind: "rest" });
    this.#asked = false;
    this.#see(false);
  }

  close(): void {
    this.freeze();
    this.worker.terminate();
    this.above.remove();
  }

  /** Opacity only: neither canvas is laid out or painted for it. */
  #see(above: boolean): void {
    this.#seen = above;
    this.above.style.opacity = above ? "1" : "0";
    this.below.style.opacity = above ? "0" : "1";
  }

  #post(message: ToWave, transfer: Transferable[] = []): void {
    this.worker.postMessage(message, transfer);
  }
}
