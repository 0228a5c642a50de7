import { describe, expect, it } from "vitest";
import { EAR_SAMPLES } from "../../src/audio/protocol";
import { BargeIn } from "../../src/ear/bargeIn";
import { Ear, HOP_MS } from "../../src/ear/ear";
import { beginMs, beginnings, mixed, noisesOf, RATE, seconds, WEIGHTS } from "./earStage";

/** Quiet before anybody speaks; the detectors need some to know the room. */
const BEFORE_S = 0.4;
const SILENCE = new Float32Array(EAR_SAMPLES);

/** When the voice is to be quieter for the first time, in ms from the first sample; null: never. */
function ducksAtMs(mic: Float32Array): number | null {
  const ear = new Ear(WEIGHTS);
  const machine = new BargeIn();
  for (let at = EAR_SAMPLES; at <= mic.length; at += EAR_SAMPLES) {
    const reports = ear.hear(mic.subarray(at - EAR_SAMPLES, at), SILENCE);
    if (reports.some(({ voice }) => machine.step({ voice, speaking: true }, HOP_MS))) return (1000 * at) / RATE;
  }
  return null;
}

const percentile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.ceil(share * values.length) - 1]!;

describe("from the first sound of a person to the word to be quieter", () => {
  it("half of them wait 40 ms at most, and 95 of 100 not more than 130", () => {
    const after = [...beginnings().values()].map((whole, number) => {
      // A voice may begin anywhere in a hop.
      const beforeS = BEFORE_S + (number % 4) * 0.004;
      const said = whole.subarray(0, seconds(beginMs(whole) / 1000 + 0.5));
      const at = ducksAtMs(mixed(beforeS + said.length / RATE, [beforeS, said]));
      return (at ?? Infinity) - 1000 * beforeS - beginMs(whole);
    });
    expect(after.length).toBe(30);
    expect(percentile(after, 0.5)).toBeLessThanOrEqual(40);
    expect(percentile(after, 0.95)).toBeLessThanOrEqual(130);
  }, 120_000);
});

describe("what is nobody's voice", () => {
  it.each([1, 2, 3])("makes nothing quieter, in set %i of the noises either", (seed) => {
    const ducked = Object.entries(noisesOf(seed)).filter(([, sound]) => ducksAtMs(mixed(1.2, [BEFORE_S, sound])) !== null);
    expect(ducked.map(([name]) => name)).toEqual([]);
  }, 120_000);
});
