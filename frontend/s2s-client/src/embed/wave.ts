/** The circular visualiser on a canvas: sixty pictures a second while something can move and somebody looks. */
import { drawWave, RESTING } from "../components/drawWave";
import type { WaveColors } from "../components/strokes";
import type { Form } from "../session/state";

type Read = (out: Uint8Array<ArrayBuffer>) => void;

const BINS = 256;
const SILENCE = new Uint8Array(BINS);
const STILL: ReadonlySet<Form> = new Set(["idle", "muted", "interrupted", "ended", "failed"]);

export class Wave {
  #form: Form = "idle";
  #request = 0;
  #colors: WaveColors | null = null;
  readonly #pen: CanvasRenderingContext2D | null;
  readonly #microphone = new Uint8Array(BINS);
  readonly #voice = new Uint8Array(BINS);
  readonly #reduced = window.matchMedia("(prefers-reduced-motion: reduce)");
  readonly #stop = new AbortController();
  readonly #size: ResizeObserver;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly read: { readonly microphone: Read; readonly voice: Read },
  ) {
    this.#pen = canvas.getContext("2d");
    const { signal } = this.#stop;
    document.addEventListener("visibilitychange", this.#restart, { signal });
    this.#reduced.addEventListener("change", this.#restart, { signal });
    for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
      window.matchMedia(query).addEventListener("change", this.#restart, { signal });
    }
    this.#size = new ResizeObserver(this.#restart);
    this.#size.observe(canvas);
  }

  show(form: Form): void {
    if (form === this.#form) return;
    this.#form = form;
    this.#restart();
  }

  close(): void {
    this.#stop.abort();
    this.#size.disconnect();
    cancelAnimationFrame(this.#request);
  }

  readonly #restart = (): void => {
    cancelAnimationFrame(this.#request);
    if (document.hidden) return;
    this.#colors = readColors(this.canvas);
    if (STILL.has(this.#form) || this.#reduced.matches) this.#draw(0, stillSound(this.#form));
    else this.#request = requestAnimationFrame(this.#step);
  };

  readonly #step = (nowMs: number): void => {
    this.read.microphone(this.#microphone);
    this.read.voice(this.#voice);
    this.#draw(nowMs / 1000, { microphone: this.#microphone, voice: this.#voice });
    this.#request = requestAnimationFrame(this.#step);
  };

  #draw(seconds: number, sound: { readonly microphone: Uint8Array; readonly voice: Uint8Array }): void {
    const size = this.canvas.clientWidth;
    if (!this.#pen || !this.#colors || size === 0) return;
    const pixels = Math.round(size * devicePixelRatio);
    if (this.canvas.width !== pixels) {
      this.canvas.width = this.canvas.height = pixels;
      this.#pen.setTransform(pixels / size, 0, 0, pixels / size, 0, 0);
    }
    drawWave(this.#pen, { size, form: this.#form, seconds, colors: this.#colors, ...sound });
  }
}

/** Whoever speaks is seen by their form, also where nothing may move. */
function stillSound(form: Form) {
  return { microphone: form === "listening" ? RESTING : SILENCE, voice: form === "speaking" ? RESTING : SILENCE };
}

function readColors(canvas: HTMLCanvasElement): WaveColors {
  const style = getComputedStyle(canvas);
  const color = (name: string): string => style.getPropertyValue(name).trim();
  return { person: color("--person"), voice: color("--voice"), quiet: color("--quiet"), soft: color("--soft"), alert: color("--alert") };
}
