import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CHUNK, readWeights, Silero } from "../../src/ear/silero";
import { clip, WEIGHTS } from "./earStage";

/** What onnxruntime gives for the same clip with the original 32-bit file, every fifth chunk. */
const BY_ONNXRUNTIME = JSON.parse(readFileSync(new URL("./silero.reference.json", import.meta.url), "utf8")) as number[];

describe("Silero, written out", () => {
  it("gives what the original network gives, to two digits", () => {
    const silero = new Silero(readWeights(WEIGHTS));
    const pcm = clip("made-amiable-himself");
    const given: number[] = [];
    for (let at = 0; at + CHUNK <= pcm.length; at += CHUNK) given.push(silero.hear(pcm.subarray(at, at + CHUNK)));
    const worst = Math.max(...BY_ONNXRUNTIME.map((value, n) => Math.abs(value - given[5 * n]!)));
    expect(worst).toBeLessThan(0.01);
  });

  it("refuses a file of another length", () => {
    expect(() => readWeights(new ArrayBuffer(10))).toThrow(RangeError);
  });
});
