import { describe, expect, it } from "vitest";
import type { Form } from "../../state/sessionState";
import { drawWave } from "./drawWave";
import type { Pen, WaveFrame } from "./canvasStrokes";

const COLORS = { person: "person", voice: "voice", quiet: "quiet", soft: "soft", alert: "alert" };
const FORMS: Form[] = [
  "idle", "asking", "connecting", "listening", "thinking", "tool", "speaking", "interrupted", "reconnecting", "ended", "failed", "muted",
  "typing",
];

/** A pen that records its calls. */
function draw(more: Partial<WaveFrame> = {}): { strokes: string[]; numbers: number[] } {
  const strokes: string[] = [];
  const numbers: number[] = [];
  const pen = new Proxy({} as Pen, {
    get: (_, name) => (...args: unknown[]) => {
      args.flat().forEach((arg) => typeof arg === "number" && numbers.push(arg));
      strokes.push(`${String(name)} ${args.flat().map((arg) => (typeof arg === "number" ? arg.toFixed(1) : String(arg))).join(" ")}`);
    },
    set: (_, name, value) => strokes.push(`${String(name)} = ${String(value)}`) > 0,
  });
  const silent = new Uint8Array(256);
  drawWave(pen, { size: 300, form: "listening", seconds: 1, microphone: silent, voice: silent, colors: COLORS, ...more });
  return { strokes, numbers };
}

const loud = new Uint8Array(256).fill(220);
/** The drawing without its colours: what is left for those who do not see them. */
const shape = (form: Form) => draw({ form }).strokes.filter((stroke) => !stroke.includes("Style")).join("\n");

describe("the visualiser", () => {
  it("gives every state a form of its own, also without colour", () => {
    expect(new Set(FORMS.map(shape)).size).toBe(FORMS.length);
  });

  it.each(FORMS)("draws %s inside its square, with numbers only", (form) => {
    const { numbers } = draw({ form, microphone: loud, voice: loud });
    expect(numbers.every(Number.isFinite)).toBe(true);
    expect(Math.max(...numbers)).toBeLessThanOrEqual(300);
    expect(draw({ form }).strokes[0]).toBe("clearRect 0.0 0.0 300.0 300.0");
  });

  it("moves with the person's voice while listening, and not with the other's", () => {
    expect(draw({ microphone: loud }).strokes).not.toEqual(draw().strokes);
    expect(draw({ voice: loud }).strokes).toEqual(draw().strokes);
  });

  it("moves with the AI's voice while speaking", () => {
    expect(draw({ form: "speaking", voice: loud }).strokes).not.toEqual(draw({ form: "speaking" }).strokes);
  });

  it("survives an empty spectrum", () => {
    const empty = new Uint8Array(0);
    expect(draw({ microphone: empty, voice: empty }).numbers.every(Number.isFinite)).toBe(true);
  });
});
