import { expect, it } from "vitest";
import { HalfDuplex } from "./halfDuplex";

it("the microphone is deaf while the voice sounds and for 400 ms after it", () => {
  const gate = new HalfDuplex();
  expect(gate.processFrame(false)).toBe(false);
  expect(Array.from({ length: 50 }, () => gate.processFrame(true))).not.toContain(false);
  const after = Array.from({ length: 50 }, () => gate.processFrame(false));
  expect(after.indexOf(false)).toBe(19);
  expect(after.slice(19)).not.toContain(true);
});
