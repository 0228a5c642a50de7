import { useEffect, useRef } from "react";
import type { Form } from "../session/state";
import { drawWave, RESTING } from "./drawWave";
import type { WaveColors } from "./strokes";

type Read = (out: Uint8Array<ArrayBuffer>) => void;

interface Props {
  readonly form: Form;
  /** Getters, called once per animation frame: spectra never pass through React. */
  readonly readMicrophone: Read;
  readonly readVoice: Read;
}

const BINS = 256;
/** In these nothing moves, so nothing is drawn sixty times a second. */
const STILL: ReadonlySet<Form> = new Set(["idle", "muted", "interrupted", "ended", "failed"]);

/** A canvas and one animation frame. Its meaning is said in words beside it, so it is hidden from screen readers. */
export function CircularWaveVisualizer({ form, readMicrophone, readVoice }: Props) {
  const canvasRef = useRef<HTMLCanvasElement>(null);

  useEffect(() => {
    const canvas = canvasRef.current;
    const pen = canvas?.getContext("2d");
    if (!canvas || !pen) return;
    let size = 0;
    let colors = readColors(canvas);
    return animate(canvas, !STILL.has(form), {
      prepare: () => {
        size = fit(canvas, pen);
        colors = readColors(canvas);
      },
      draw: (seconds) => {
        const sound = seconds === null ? stillSound(form) : spectra(readMicrophone, readVoice);
        if (size > 0) drawWave(pen, { size, form, colors, seconds: seconds ?? 0, ...sound });
      },
    });
  }, [form, readMicrophone, readVoice]);

  return <canvas ref={canvasRef} className="wave" data-form={form} aria-hidden="true" />;
}

const microphone = new Uint8Array(BINS);
const voice = new Uint8Array(BINS);
const SILENCE = new Uint8Array(BINS);

function spectra(readMicrophone: Read, readVoice: Read) {
  readMicrophone(microphone);
  readVoice(voice);
  return { microphone, voice };
}

/** Whoever speaks is seen by their form, also where it does not move: not by the one moment in which it was drawn. */
function stillSound(form: Form) {
  return { microphone: form === "listening" ? RESTING : SILENCE, voice: form === "speaking" ? RESTING : SILENCE };
}

interface Drawing {
  /** Before the first frame, and again when its place or the page's colors have changed. */
  readonly prepare: () => void;
  /** null for a still picture. */
  readonly draw: (seconds: number | null) => void;
}

/** Draws once per frame while the page is seen; a still form only when something around it changed. */
function animate(canvas: HTMLCanvasElement, moving: boolean, { prepare, draw }: Drawing): () => void {
  const reduced = window.matchMedia("(prefers-reduced-motion: reduce)");
  let request = 0;
  const step = (now: number) => {
    draw(now / 1000);
    request = requestAnimationFrame(step);
  };
  const restart = () => {
    cancelAnimationFrame(request);
    if (document.hidden) return;
    prepare();
    if (!moving || reduced.matches) draw(null);
    else request = requestAnimationFrame(step);
  };
  const stop = new AbortController();
  document.addEventListener("visibilitychange", restart, { signal: stop.signal });
  for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
    window.matchMedia(query).addEventListener("change", restart, { signal: stop.signal });
  }
  reduced.addEventListener("change", restart, { signal: stop.signal });
  // The page's zoom changes how sharp the screen is, and not always the size in CSS pixels.
  window.addEventListener("resize", restart, { signal: stop.signal });
  const sizes = new ResizeObserver(restart);
  sizes.observe(canvas);
  restart();
  return () => {
    stop.abort();
    sizes.disconnect();
    cancelAnimationFrame(request);
  };
}

/** Sharp on every screen: device pixels outside, CSS pixels inside. Returns the side in CSS pixels. */
function fit(canvas: HTMLCanvasElement, pen: CanvasRenderingContext2D): number {
  const size = canvas.clientWidth;
  const pixels = Math.round(size * devicePixelRatio);
  if (canvas.width !== pixels) {
    canvas.width = canvas.height = pixels;
    pen.setTransform(pixels / size, 0, 0, pixels / size, 0, 0);
  }
  return size;
}

function readColors(canvas: HTMLCanvasElement): WaveColors {
  const style = getComputedStyle(canvas);
  const color = (name: string) => style.getPropertyValue(name).trim();
  return { person: color("--person"), voice: color("--voice"), quiet: color("--quiet"), soft: color("--soft"), alert: color("--alert") };
}
