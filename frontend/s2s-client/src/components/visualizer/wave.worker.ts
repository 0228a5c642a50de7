/** Draws the newest picture that it was told of, once per frame of the screen: what came too fast is left out. */
import { drawWave } from "./drawWave";
import type { FromWave, Look, ToWave } from "./waveMessages";

const page = self as unknown as { onmessage: unknown; postMessage(message: FromWave): void };

type Draw = Extract<ToWave, { kind: "draw" }>;

let pen: OffscreenCanvasRenderingContext2D | null = null;
let look: Look | null = null;
let newest: Draw | null = null;
let ask: number | null = null;

page.onmessage = ({ data }: MessageEvent<ToWave>) => {
  if (data.kind === "canvas") pen = data.canvas.getContext("2d");
  else if (data.kind === "look") dress(data);
  else {
    if (!newest) requestAnimationFrame(paint);
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

function paint(): void {
  if (pen && look && newest) drawWave(pen, { ...newest, ...look });
  newest = null;
  if (ask === null) return;
  const answer: FromWave = { kind: "drawn", ask };
  ask = null;
  // It is seen when the next one is due.
  requestAnimationFrame(() => {
    page.postMessage(answer);
  });
}
