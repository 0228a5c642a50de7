import { describe, expect, it } from "vitest";
import { Gain } from "./gain";

/** `ms` of a full-scale tone after the loudness had its say. */
function play(loudness: Gain, ms: number): number[] {
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
    expect(new Set(play(new Gain(), 100))).toEqual(new Set([1]));
  });

  it("is half as loud 6 ms after the word to be quieter and an eighth after 10, without a step", () => {
    const loudness = new Gain();
    loudness.ducking = "full";
    const heard = play(loudness, 60);
    expect(heard[6 * 24]).toBeLessThan(0.5);
    expect(heard[10 * 24]).toBeCloseTo(0.126, 3);
    heard.slice(1).forEach((sample, at) => {
      expect(Math.abs(sample - heard[at]!)).toBeLessThan(0.005);
    });
    expect(heard.every((sample) => sample > 0.1)).toBe(true);
  });

  it("comes back smoothly in a quarter of a second", () => {
    const loudness = new Gain();
    loudness.ducking = "full";
    play(loudness, 60);
    loudness.ducking = "none";
    const heard = play(loudness, 300);
    expect(heard[100 * 24]).toBeLessThan(0.6);
    expect(heard.at(-1)).toBe(1);
    heard.slice(1).forEach((sample, at) => {
      expect(sample).toBeGreaterThanOrEqual(heard[at]!);
    });
  });

  it("is half as loud for a hint of a voice, as soon, and back in a seventh of a second", () => {
    const loudness = new Gain();
    loudness.ducking = "half";
    const down = play(loudness, 60);
    expect(down[6 * 24]).toBeLessThan(0.5);
    expect(down.every((sample) => sample > 0.44)).toBe(true);
    loudness.ducking = "none";
    const up = play(loudness, 150);
    expect(up.at(-1)).toBe(1);
    const curve = [...down, ...up];
    curve.slice(1).forEach((sample, at) => {
      expect(Math.abs(sample - curve[at]!)).toBeLessThan(0.005);
    });
  });

  it("goes from there to its quietest without a step, and never up on the way", () => {
    const loudness = new Gain();
    loudness.ducking = "half";
    const curve = play(loudness, 16);
    loudness.ducking = "full";
    curve.push(...play(loudness, 16));
    expect(curve.at(-1)).toBeCloseTo(0.126, 3);
    curve.slice(1).forEach((sample, at) => {
      expect(sample).toBeLessThanOrEqual(curve[at]!);
      expect(curve[at]! - sample).toBeLessThan(0.005);
    });
  });

  it("keeps the person's volume, also when quieter than that", () => {
    const loudness = new Gain();
    loudness.volume = 0.5;
    expect(play(loudness, 100).at(-1)).toBe(0.5);
    loudness.ducking = "full";
    expect(play(loudness, 100).at(-1)).toBeCloseTo(0.063, 3);
  });
});
