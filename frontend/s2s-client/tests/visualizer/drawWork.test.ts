/** What a picture costs, counted and not timed: it is the same on a busy machine. */
import { describe, expect, it } from "vitest";
import type { Form } from "../../src/state/sessionState";
import { drawWave } from "../../src/components/visualizer/drawWave";
import type { Pen, WaveFrame } from "../../src/components/visualizer/canvasStrokes";
import { eventually } from "../eventually";

const COLORS = { person: "person", voice: "voice", quiet: "quiet", soft: "soft", alert: "alert" };
const loud = new Uint8Array(256).fill(200);
const frame = (form: Form, plain: boolean): WaveFrame =>
  ({ size: 338, form, seconds: 1.5, microphone: loud, voice: loud, colors: COLORS, plain });

/** Counts without keeping anything. */
class CountingPen {
  calls = 0;
  points = 0;
  paints = 0;
  fillStyle = "";
  strokeStyle = "";
  lineWidth = 0;
  lineCap: CanvasLineCap = "round";
  lineJoin: CanvasLineJoin = "round";
  globalAlpha = 1;
  clearRect = () => { this.calls++; };
  beginPath = () => { this.calls++; };
  closePath = () => { this.calls++; };
  setLineDash = () => { this.calls++; };
  arc = () => { this.calls++; this.points++; };
  moveTo = () => { this.calls++; this.points++; };
  lineTo = () => { this.calls++; this.points++; };
  quadraticCurveTo = () => { this.calls++; this.points += 2; };
  stroke = () => { this.calls++; this.paints++; };
  fill = () => { this.calls++; this.paints++; };
}

function workOf(form: Form, plain = false) {
  const pen = new CountingPen();
  drawWave(pen satisfies Pen, frame(form, plain));
  return { calls: pen.calls, points: pen.points, paints: pen.paints };
}

/**
 * Bytes that a call of `work` leaves behind. One call at a time, and the median: a collection between two looks at the
 * heap hides what one call left, but most calls have none.
 */
function leftBehind(work: () => void): number {
  const grown: number[] = [];
  for (let picture = 0; picture < 2_000; picture++) {
    const before = process.memoryUsage().heapUsed;
    work();
    grown.push(process.memoryUsage().heapUsed - before);
  }
  return grown.toSorted((one, other) => one - other)[1_000] ?? 0;
}

describe("the work of a picture", () => {
  it.each([
    ["listening", { calls: 200, points: 193, paints: 2 }],
    ["speaking", { calls: 500, points: 780, paints: 4 }],
    ["thinking", { calls: 20, points: 4, paints: 4 }],
    ["tool", { calls: 20, points: 7, paints: 2 }],
    ["connecting", { calls: 20, points: 2, paints: 2 }],
  ] as const)("is small while %s", (form, most) => {
    const work = workOf(form);
    for (const kind of ["calls", "points", "paints"] as const) expect(work[kind], kind).toBeLessThanOrEqual(most[kind]);
  });

  it.each(["listening", "speaking"] as const)("is about half of it while %s where a machine cannot keep up", (form) => {
    expect(workOf(form, true).points).toBeLessThan(0.55 * workOf(form).points);
  });

  it.each(["listening", "speaking"] as const)("leaves nothing to collect while %s", async (form) => {
    const [pen, what] = [new CountingPen(), frame(form, false)];
    // Until the compiler has been there, each fraction is an object of its own; on a busy machine it comes late.
    await eventually(() => {
      const nothing = leftBehind(() => undefined);
      // With an array for each point it is 6 kB and more for ever.
      expect(leftBehind(() => { drawWave(pen, what); }) - nothing).toBeLessThan(2_000);
    }, 100_000);
  }, 120_000);
});
