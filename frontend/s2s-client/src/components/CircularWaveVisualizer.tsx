import { useEffect, useRef } from "react";
import type { Form } from "../session/state";
import { drawWave, type WaveColors } from "./drawWave";

type Read = (out: Uint8Array<ArrayBuffer>) => void;

interface Props {
  readonly form: Form;
  /** Getters, called once per animation frame: spectra never pass through React. */
  readonly readMicrophone: Read;
  readonly readVoice: Read;
}

const BINS = 256;
/** Outside a conversation nothing moves, so nothing is drawn sixty times a second. */
const STILL: ReadonlySet<Form> = new Set(["idle", "muted", "ended", "failed"]);

/** A canvas and one animation frame. Its meaning is said in words beside it, so it is hidden from screen readers. */
export function CircularWaveVisualizer({ form, readMicrophone, readVoice }: Props) {
  const canvasRef = useRef<HTMLCanvasElement>(null);

  useEffect(() => {
    const canvas = canvasRef.current;
    const pen = canvas?.getContext("2d");
    if (!canvas || !pen) return;
    return animate(!STILL.has(form), (seconds) => {
      const size = fit(canvas, pen);
      drawWave(pen, { size, form, seconds, colors: readColors(canvas), ...spectra(readMicrophone, readVoice) });
    });
  }, [form, readMicrophone, readVoice]);

  return <canvas ref={canvasRef} className="wave" data-form={form} aria-hidden="true" />;
}

const microphone = new Uint8Array(BINS);
const voice = new Uint8Array(BINS);

function spectra(readMicrophone: Read, readVoice: Read) {
  readMicrophone(microphone);
  readVoice(voice);
  return { microphone, voice };
}

/** Calls `draw` once per frame while the page is seen; a still form only when something around it changed. */
function animate(moving: boolean, draw: (seconds: number) => void): () => void {
  const reduced = window.matchMedia("(prefers-reduced-motion: reduce)");
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  let request = 0;
  const step = (now: number) => {
    draw(now / 1000);
    request = requestAnimationFrame(step);
  };
  const restart = () => {
    cancelAnimationFrame(request);
    if (document.hidden) return;
    if (!moving || reduced.matches) draw(0);
    else request = requestAnimationFrame(step);
  };
  restart();
  const stop = new AbortController();
  document.addEventListener("visibilitychange", restart, { signal: stop.signal });
  window.addEventListener("resize", restart, { signal: stop.signal });
  reduced.addEventListener("change", restart, { signal: stop.signal });
  dark.addEventListener("change", restart, { signal: stop.signal });
  return () => {
    stop.abort();
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
  return { person: color("--person"), voice: color("--voice"), quiet: color("--quiet"), alert: color("--alert") };
}
