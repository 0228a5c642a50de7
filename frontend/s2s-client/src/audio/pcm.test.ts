import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HEADER_BYTES } from "../types/wire.gen";
import { floatToInt16, readHeader, readSamples, turnIsAfter, writeHeader, writeSamples } from "./pcm";

describe("samples", () => {
  it("are clamped at full scale and never overflow into the opposite sign", () => {
    expect([2, 1, 0, -1, -2].map(floatToInt16)).toEqual([32767, 32767, 0, -32768, -32768]);
  });

  it("take what is not a number for silence", () => {
    expect(floatToInt16(Number.NaN)).toBe(0);
  });

  it("come back as they were, to half a step", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 64 }), (values) => {
        const frame = new ArrayBuffer(HEADER_BYTES + 2 * values.length);
        writeSamples(frame, Float32Array.from(values));
        readSamples(frame).forEach((sample, at) => {
          expect(Math.abs(sample - values[at]!)).toBeLessThan(1 / 16_000);
        });
      }),
    );
  });
});

describe("the header", () => {
  it("comes back as it was written, and wraps to its widths", () => {
    const frame = new ArrayBuffer(HEADER_BYTES + 640);
    writeHeader(frame, { flags: 1, turn: 65536 + 7, seq: 2 ** 32 + 9, clockMs: 2 ** 32 - 1 });
    expect(readHeader(frame, 320)).toEqual({ flags: 1, turn: 7, seq: 9, clockMs: 2 ** 32 - 1 });
  });

  it("is refused for a wrong length or version", () => {
    const frame = new ArrayBuffer(HEADER_BYTES + 640);
    expect(readHeader(frame, 320)).toBeNull();
    writeHeader(frame, { flags: 0, turn: 1, seq: 1, clockMs: 1 });
    expect(readHeader(frame, 480)).toBeNull();
  });
});

describe("turns", () => {
  it("are newer or older modulo 65536", () => {
    expect(turnIsAfter(2, 1)).toBe(true);
    expect(turnIsAfter(1, 1)).toBe(false);
    expect(turnIsAfter(0, 65535)).toBe(true);
    expect(turnIsAfter(65535, 0)).toBe(false);
  });
});
