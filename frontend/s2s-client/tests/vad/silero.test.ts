import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CHUNK, readWeights, Silero } from "../../src/audio/vad/silero";
import { clip, joined, mixed, WEIGHTS } from "./vadStage";

/** What onnxruntime gives for the same clip with the original 32-bit file, every fifth chunk. */
const BY_ONNXRUNTIME = JSON.parse(readFileSync(new URL("./silero.reference.json", import.meta.url), "utf8")) as number[];

describe("Silero, written out", () => {
  it("gives what the original network gives, to two digits", () => {
    const silero = new Silero(readWeights(WEIGHTS));
    const pcm = clip("made-amiable-himself");
    const given: number[] = [];
    for (let at = 0; at + CHUNK <= pcm.length; at += CHUNK) given.push(silero.detect(pcm.subarray(at, at + CHUNK)));
    const worst = Math.max(...BY_ONNXRUNTIME.map((value, n) => Math.abs(value - given[5 * n]!)));
    expect(worst).toBeLessThan(0.01);
  });

  it("forgets a long silence: the next voice is as likely as to a detector that has just begun", () => {
    const listen = (silero: Silero, pcm: Float32Array): number[] =>
      Array.from({ length: Math.floor(pcm.length / CHUNK) }, (_, n) => silero.detect(pcm.subarray(n * CHUNK, (n + 1) * CHUNK)));
    const weights = readWeights(WEIGHTS);
    const old = new Silero(weights);
    listen(old, joined(clip("not-an-ill-disposed-young-man"), mixed(30)));
    const person = joined(mixed(0.512), clip("go-forward-ten-meters"));
    const fresh = listen(new Silero(weights), person);
    const worst = Math.max(...listen(old, person).map((likely, n) => Math.abs(likely - fresh[n]!)));
    expect(worst).toBeLessThan(0.1);
  });

  it("refuses a file of another length", () => {
    expect(() => readWeights(new ArrayBuffer(10))).toThrow(RangeError);
  });
});
