/** The visualiser on a real canvas: every state shows something else, also to those who see no colors. */
import { expect, it, vi } from "vitest";
import { drawWave, RESTING } from "../../src/components/visualizer/drawWave";
import { OffscreenWave } from "../../src/components/visualizer/offscreenWave";
import type { Form } from "../../src/state/sessionState";

const SIZE = 200;
const FORMS: readonly Form[] = [
  "idle", "asking", "connecting", "listening", "muted", "thinking", "tool", "speaking", "interrupted", "reconnecting", "ended", "failed",
];
// All of one lightness: what differs is the form alone.
const COLORS = { person: "#000", voice: "#000", quiet: "#000", soft: "#000", alert: "#000" };
const SILENT = new Uint8Array(256);

/** How much of each pixel is covered, 0 to 255. */
function draw(form: Form, more: { microphone?: Uint8Array; voice?: Uint8Array; seconds?: number } = {}): Uint8Array {
  const canvas = new OffscreenCanvas(SIZE, SIZE);
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error("this browser draws nothing");
  drawWave(pen, { size: SIZE, form, seconds: 0, microphone: SILENT, voice: SILENT, colors: COLORS, ...more });
  return Uint8Array.from({ length: SIZE * SIZE }, ((pixels) => (_: unknown, at: number) => pixels[4 * at + 3] ?? 0)(pen.getImageData(0, 0, SIZE, SIZE).data));
}

const covered = (picture: Uint8Array) => picture.filter((share) => share > 127).length / picture.length;

function unlike(one: Uint8Array, other: Uint8Array): number {
  return one.reduce((sum, share, at) => sum + Math.abs(share - (other[at] ?? 0)), 0) / (255 * one.length);
}

it.each(FORMS)("%s is seen", (form) => {
  expect(covered(draw(form))).toBeGreaterThan(0.01);
  expect(covered(draw(form))).toBeLessThan(0.5);
});

it("no two states look alike without their colors", () => {
  const pictures = FORMS.map((form) => draw(form, { microphone: form === "listening" ? RESTING : SILENT, voice: form === "speaking" ? RESTING : SILENT }));
  for (const [at, one] of pictures.entries()) {
    for (const [after, other] of pictures.slice(at + 1).entries()) {
      expect(unlike(one, other), `${FORMS[at] ?? ""} and ${FORMS[at + 1 + after] ?? ""}`).toBeGreaterThan(0.015);
    }
  }
});

it("the two voices have two bodies: rays for the person, a surface for the AI", () => {
  const person = draw("listening", { microphone: RESTING });
  const voice = draw("speaking", { voice: RESTING });
  expect(unlike(person, voice)).toBeGreaterThan(0.15);
  // The person's ring is empty inside, but for the heart of it.
  const hollow = Math.round(SIZE * 0.5) * SIZE + Math.round(SIZE * 0.64);
  expect(person[hollow]).toBe(0);
  expect(voice[hollow]).toBeGreaterThan(127);
});

it("a louder voice makes the AI's body larger, and the person's rays longer", () => {
  const loud = new Uint8Array(256).fill(220);
  expect(covered(draw("speaking", { voice: loud }))).toBeGreaterThan(1.3 * covered(draw("speaking")));
  expect(covered(draw("listening", { microphone: loud }))).toBeGreaterThan(1.3 * covered(draw("listening")));
});

it("what waits turns with time", () => {
  for (const form of ["connecting", "thinking", "tool", "reconnecting"] as const) {
    expect(unlike(draw(form), draw(form, { seconds: 0.7 })), form).toBeGreaterThan(0.002);
  }
});

it("the thread beside the page draws the same picture on a canvas over the first, and gives it back", async () => {
  const place = document.createElement("div");
  const below = document.createElement("canvas");
  document.body.append(place);
  place.append(below);
  const aside = OffscreenWave.open(below);
  if (!aside) throw new Error("this browser has no thread that draws");
  const frame = { size: SIZE, form: "listening", microphone: RESTING, voice: SILENT, colors: COLORS } as const;
  while (!aside.draw(frame, SIZE)) await new Promise(requestAnimationFrame);
  const above = place.querySelector<HTMLCanvasElement>("canvas.wave-aside");
  if (!above) throw new Error("there is no second canvas");
  expect([below.style.opacity, above.style.opacity]).toEqual(["0", "1"]);
  const pen = new OffscreenCanvas(SIZE, SIZE).getContext("2d");
  pen?.drawImage(above, 0, 0);
  const pixels = pen?.getImageData(0, 0, SIZE, SIZE).data ?? new Uint8ClampedArray();
  const seen = Uint8Array.from({ length: SIZE * SIZE }, (_, at) => pixels[4 * at + 3] ?? 0);
  expect(covered(seen)).toBeGreaterThan(0.05);
  expect(unlike(seen, draw("listening", { microphone: RESTING }))).toBeLessThan(0.001);
  aside.freeze();
  expect([below.style.opacity, above.style.opacity]).toEqual(["1", "0"]);
  aside.close();
  expect(place.children).toHaveLength(1);
});

it("is all drawn by the page in WebKit, whose pages end when another thread draws", () => {
  const vendor = vi.spyOn(navigator, "vendor", "get").mockReturnValue("Apple Computer, Inc.");
  const place = document.createElement("div");
  const below = place.appendChild(document.createElement("canvas"));
  expect(OffscreenWave.open(below)).toBeNull();
  expect(place.children).toHaveLength(1);
  vendor.mockRestore();
});
