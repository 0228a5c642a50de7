/**
 * Draws what moves once per frame of the screen, by the clock of this thread, until the page says that it rests. The page tells
 * only spectra, half as often; each picture goes half the way to the newest ones.
 */
import { drawWave } from "./drawWave";
import type { FromWave, Look, ToWave } from "./waveMessages";
import { MIN_GAP_MS } from "./frameRate";

const page = self as unknown as { onmessage: unknown; postMessage(message: FromWave): void };

type Draw = Extract<ToWave, { kind: "draw" }>;

let pen: OffscreenCanvasRenderingContext2D | null = null;
/** How much later this worker began than its page: both turn what waits by the same time. */
let behindMs = 0;
let look: Look | null = null;
/** null: nothing moves. */
let newest: Draw | null = null;
let shown: Pick<Draw, "microphone" | "voice">;
let ask: number | null = null;
let drawn = false;
let drawnAtMs = 0;
let request = 0;

page.onmessage = ({ data }: MessageEvent<ToWave>) => {
  switch (data.kind) {
    case "canvas":
      pen = data.canvas.getContext("2d");
      behindMs = performance.timeOrigin - data.originMs;
      break;
    case "look":
      dress(data);
      break;
    case "rest":
      cancelAnimationFrame(request);
      newest = ask = null;
      break;
    case "draw":
      if (!newest) begin(data);
      newest = data;
      ask = data.ask ?? ask;
  }
};

function dress(next: Look): void {
  look = next;
  if (!pen || pen.canvas.width === next.pixels) return;
  pen.canvas.width = pen.canvas.height = next.pixels;
  pen.setTransform(next.pixels / next.size, 0, 0, next.pixels / next.size, 0, 0);
}

function begin({ microphone, voice }: Draw): void {
  shown = { microphone: microphone.slice(), voice: voice.slice() };
  drawn = false;
  request = requestAnimationFrame(paint);
}

function paint(): void {
  request = requestAnimationFrame(paint);
  // It is seen when the next one is due.
  if (drawn && ask !== null) {
    page.postMessage({ kind: "drawn", ask });
    ask = null;
  }
  const nowMs = performance.now();
  if (!pen || !look || !newest || nowMs - drawnAtMs < MIN_GAP_MS) return;
  drawnAtMs = nowMs;
  approach(shown.microphone, newest.microphone);
  approach(shown.voice, newest.voice);
  drawWave(pen, { ...look, ...shown, form: newest.form, seconds: (nowMs + behindMs) / 1000 });
  drawn = true;
}

function approach(levels: Uint8Array, wanted: Uint8Array): void {
  for (let bin = 0; bin < levels.length; bin++) levels[bin] = ((levels[bin] ?? 0) + (wanted[bin] ?? 0) + 1) >> 1;
}
