import { describe, expect, it } from "vitest";
import { Loudness } from "./loudness";

/** `ms` of a full-scale tone after the loudness had its say. */
function play(loudness: Loudness, ms: number): number[] {
  const out: number[] = [];
  for (let done = 0; done < 24 * ms; done += 128) {
    const quantum = new Float32Array(128).fill(1);
    loudness.apply(quantum);
    out.push(...quantum);
  }
  return out;
}

describe("the loudness", () => {
  it("leaves the voice as it is, to the bit, while nobody speaks over it", () => {
    expect(new Set(play(new Loudness(), 100))).toEqual(new Set([1]));
  });

  it("is half as loud 6 ms after the word to be quieter and an eighth after 10, without a step", () => {
    const loudness = new Loudness();
    loudness.ducked = true;
    const heard = play(loudness, 60);
    expect(heard[6 * 24]).toBeLessThan(0.5);
    expect(heard[10 * 24]).toBeCloseTo(0.126, 3);
    heard.slice(1).forEach((sample, at) => {
      expect(Math.abs(sample - heard[at]!)).toBeLessThan(0.005);
    });
    expect(heard.every((sample) => sample > 0.1)).toBe(true);
  });

  it("comes back smoothly in a quarter of a second", () => {
    const loudness = new Loudness();
    loudness.ducked = true;
    play(loudness, 60);
    loudness.ducked = false;
    const heard = play(loudness, 300);
    expect(heard[100 * 24]).toBeLessThan(0.6);
    expect(heard.at(-1)).toBe(1);
    heard.slice(1).forEach((sample, at) => {
      expect(sample).toBeGreaterThanOrEqual(heard[at]!);
    });
  });

  it("keeps the person's volume, also when quieter than that", () => {
    const loudness = new Loudness();
    loudness.volume = 0.5;
    expect(play(loudness, 100).at(-1)).toBe(0.5);
    loudness.ducked = true;
    expect(play(loudness, 100).at(-1)).toBeCloseTo(0.063, 3);
  });
});
