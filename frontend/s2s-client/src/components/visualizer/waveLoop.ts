/**
 * The circular visualiser on a canvas, for any page: sixty pictures a second while something can move and a user
 * looks, one picture where nothing moves. Knows no framework.
 */
import { onThemeChanged } from "../../shared/theme";
import type { Form } from "../../state/sessionState";
import { drawWave, RESTING } from "./drawWave";
import { FrameRateMonitor, MIN_GAP_MS } from "./frameRate";
import type { WaveColors, WaveFrame } from "./canvasStrokes";
import type { OffscreenWave } from "./offscreenWave";

export interface WaveSpectra {
  /** Getters of spectra, called for each picture that the page draws, and half as often where another thread does. */
  readonly microphone: (out: Uint8Array<ArrayBuffer>) => void;
  readonly voice: (out: Uint8Array<ArrayBuffer>) => void;
}

const REDUCED = "(prefers-reduced-motion: reduce)";
const BINS = 256;
const SILENCE = new Uint8Array(BINS);
/** In these nothing moves, so nothing is drawn sixty times a second. */
const STILL: ReadonlySet<Form> = new Set(["idle", "typing", "muted", "interrupted", "ended", "failed"]);
/** In these nothing will move for long: no thread waits for it. */
const OVER: ReadonlySet<Form> = new Set(["idle", "ended", "failed"]);
/** How often the spectra are read where another thread draws: a frame of the page costs more than all that is said in it. */
const SPECTRA_MS = 33;
/** A screen of three device pixels to one would cost twice what two cost, and the difference is invisible. */
const MAX_DEVICE_PIXELS = 2;

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

export class WaveLoop {
  #request = 0;
  #timer = 0;
  #drawnAtMs = 0;
  /** One for all pictures: none is made sixty times a second. */
  readonly #frame: Writable<WaveFrame>;
  #shown = false;
  #offscreen: OffscreenWave | null = null;
  readonly #microphone = new Uint8Array(BINS);
  readonly #voice = new Uint8Array(BINS);
  readonly #pen: CanvasRenderingContext2D | null;
  readonly #frameRate = new FrameRateMonitor();
  readonly #stop = new AbortController();

  /** Draws nothing before `show`. `openAside`: a worker for what moves; null where there is none. */
  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly sound: WaveSpectra,
    private readonly openAside: (canvas: HTMLCanvasElement) => OffscreenWave | null = () => null,
  ) {
    this.#pen = canvas.getContext("2d");
    this.#frame = { size: 0, form: "idle", seconds: 0, plain: false, colors: NO_COLORS, microphone: SILENCE, voice: SILENCE };
    if (this.#pen) this.#watch(this.#stop.signal);
  }

  show(form: Form): void {
    if (this.#shown && form === this.#frame.form) return;
    this.#shown = true;
    this.#frame.form = form;
    this.#restart();
  }

  close(): void {
    this.#stop.abort();
    this.#pause();
    this.#closeOffscreen();
  }

  #watch(signal: AbortSignal): void {
    document.addEventListener("visibilitychange", this.#restart, { signal });
    for (const query of [REDUCED, "(prefers-color-scheme: dark)", "(forced-colors: active)", "(prefers-contrast: more)"]) {
      window.matchMedia(query).addEventListener("change", this.#restart, { signal });
    }
    // The page's zoom changes how sharp the screen is, and not always the size in CSS pixels.
    window.addEventListener("resize", this.#restart, { signal });
    const sizes = new ResizeObserver(this.#restart);
    sizes.observe(this.canvas);
    const stopThemes = onThemeChanged(this.#restart);
    signal.addEventListener("abort", () => {
      sizes.disconnect();
      stopThemes();
    });
  }

  /** Where its place, the page's colors or the form have changed; draws what stands still, and begins what moves. */
  readonly #restart = (): void => {
    this.#pause();
    if (document.hidden) this.#offscreen?.freeze();
    if (!this.#pen || !this.#shown || document.hidden) return;
    this.#prepare(this.#pen);
    if (this.#frame.size === 0) return;
    if (STILL.has(this.#frame.form) || window.matchMedia(REDUCED).matches) this.#drawStill(this.#pen);
    else this.#request = requestAnimationFrame(this.#step);
  };

  /** All that asks the page for something, so that no picture must. */
  #prepare(pen: CanvasRenderingContext2D): void {
    const frame = this.#frame;
    frame.size = this.canvas.clientWidth;
    frame.colors = readColors(this.canvas);
    const sharpness = this.#frameRate.plain ? 1 : Math.min(devicePixelRatio, MAX_DEVICE_PIXELS);
    const pixels = Math.round(frame.size * sharpness);
    if (this.canvas.width === pixels || frame.size === 0) return;
    this.canvas.width = this.canvas.height = pixels;
    pen.setTransform(pixels / frame.size, 0, 0, pixels / frame.size, 0, 0);
  }

  #drawStill(pen: CanvasRenderingContext2D): void {
    const frame = this.#frame;
    frame.seconds = 0;
    frame.microphone = frame.form === "listening" ? RESTING : SILENCE;
    frame.voice = frame.form === "speaking" ? RESTING : SILENCE;
    drawWave(pen, frame);
    if (OVER.has(frame.form)) this.#closeOffscreen();
    else this.#offscreen?.freeze();
  }

  readonly #step = (nowMs: number): void => {
    const aside = nowMs - this.#drawnAtMs >= MIN_GAP_MS && this.#draw(nowMs);
    if (aside) this.#timer = window.setTimeout(() => { this.#step(performance.now()); }, SPECTRA_MS);
    else this.#request = requestAnimationFrame(this.#step);
  };

  #pause(): void {
    cancelAnimationFrame(this.#request);
    clearTimeout(this.#timer);
  }

  /** True where the other thread draws. */
  #draw(nowMs: number): boolean {
    const frame = this.#frame;
    this.#drawnAtMs = nowMs;
    this.sound.microphone(this.#microphone);
    this.sound.voice(this.#voice);
    frame.microphone = this.#microphone;
    frame.voice = this.#voice;
    frame.seconds = nowMs / 1000;
    this.#offscreen ??= this.openAside(this.canvas);
    if (!this.#pen || this.#offscreen?.draw(frame, this.canvas.width)) return true;
    if (this.#frameRate.recordFrame(nowMs)) {
      frame.plain = this.#frameRate.plain;
      this.#prepare(this.#pen);
    }
    drawWave(this.#pen, frame);
    return false;
  }

  #closeOffscreen(): void {
    this.#offscreen?.close();
    this.#offscreen = null;
  }
}

const NO_COLORS: WaveColors = { person: "", voice: "", quiet: "", soft: "", alert: "" };

function readColors(canvas: HTMLCanvasElement): WaveColors {
  const style = getComputedStyle(canvas);
  const color = (name: string): string => style.getPropertyValue(name).trim();
  return { person: color("--person"), voice: color("--voice"), quiet: color("--quiet"), soft: color("--soft"), alert: color("--alert") };
}
