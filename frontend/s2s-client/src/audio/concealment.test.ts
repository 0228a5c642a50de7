import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Concealment, MEMORY_SAMPLES } from "./concealment";

const RATE = 24_000;
const FRAME = 480;

/** A voice: a fundamental and its overtones. */
function voiced(hertz: number, samples: number, phase = 0): Float32Array {
  return Float32Array.from({ length: samples }, (_, n) => {
    const angle = (2 * Math.PI * hertz * (n + phase)) / RATE;
    return 0.3 * Math.sin(angle) + 0.15 * Math.sin(2 * angle + 1) + 0.08 * Math.sin(3 * angle + 2);
  });
}

const energy = (samples: Float32Array) => samples.reduce((sum, one) => sum + one * one, 0);
const steepest = (samples: ArrayLike<number>) =>
  Array.from(samples).reduce((most, one, at, all) => Math.max(most, at > 0 ? Math.abs(one - (all[at - 1] ?? 0)) : 0), 0);

describe("a lost frame", () => {
  it("of a voice sounds nearly as the voice would have gone on, at any pitch", () => {
    for (const hertz of [70, 96, 117, 150, 203, 240, 310, 390]) {
      const all = voiced(hertz, MEMORY_SAMPLES + FRAME);
      const guess = new Concealment(all.slice(0, MEMORY_SAMPLES)).conceal(240);
      const wrong = guess.map((sample, at) => sample - (all[MEMORY_SAMPLES + at] ?? 0));
      expect(energy(wrong) / energy(all.slice(MEMORY_SAMPLES, MEMORY_SAMPLES + 240))).toBeLessThan(0.15);
    }
  });

  it("has no step that the sound before it did not have: no click", () => {
    const sound = fc.record({ hertz: fc.integer({ min: 66, max: 400 }), phase: fc.integer({ min: 0, max: 400 }) });
    fc.assert(
      fc.property(sound, ({ hertz, phase }) => {
        const before = voiced(hertz, MEMORY_SAMPLES, phase);
        const guess = new Concealment(before).conceal(3 * FRAME);
        expect(steepest([before.at(-1) ?? 0, ...guess])).toBeLessThan(1.35 * steepest(before));
      }),
    );
  });

  it("stays as noisy as a hiss was, and no louder", () => {
    let seed = 1;
    const hiss = Float32Array.from({ length: MEMORY_SAMPLES }, () => ((seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647 - 0.5) * 0.4);
    const guess = new Concealment(hiss).conceal(FRAME);
    const share = energy(guess) / energy(hiss.slice(-FRAME));
    expect(share).toBeGreaterThan(0.3);
    expect(share).toBeLessThan(1.3);
  });

  it("fades, 20 ms by 20 ms, and is silent after 60 ms, however long the gap", () => {
    const gap = new Concealment(voiced(150, MEMORY_SAMPLES));
    const energies = [1, 2, 3, 4, 5].map(() => energy(gap.conceal(FRAME)));
    expect(energies[0]).toBeGreaterThan(energies[1] ?? 0);
    expect(energies[1]).toBeGreaterThan(energies[2] ?? 0);
    expect(energies[2]).toBeGreaterThan(0);
    expect(energies.slice(3)).toEqual([0, 0]);
  });

  it("goes on where the frame before it in the same gap ended", () => {
    const before = voiced(117, MEMORY_SAMPLES);
    const [once, twice] = [new Concealment(before), new Concealment(before)];
    const whole = once.conceal(2 * FRAME);
    expect([...twice.conceal(FRAME), ...twice.conceal(FRAME)]).toEqual([...whole]);
  });

  it("of silence is silent, and of too little sound a short echo without a click", () => {
    expect(energy(new Concealment(new Float32Array(MEMORY_SAMPLES)).conceal(FRAME))).toBe(0);
    expect(energy(new Concealment(new Float32Array(0)).conceal(FRAME))).toBe(0);
    const little = voiced(200, 100);
    const guess = new Concealment(little).conceal(FRAME);
    expect(steepest([...little, ...guess])).toBeLessThan(1.35 * steepest(voiced(200, FRAME)));
  });

  it("never leaves the range of numbers, whatever sounded", () => {
    const sample = fc.float({ min: -1, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(sample, { maxLength: MEMORY_SAMPLES }), (before) => {
        const guess = new Concealment(Float32Array.from(before)).conceal(FRAME);
        expect(guess.every((one) => Number.isFinite(one) && Math.abs(one) <= 3)).toBe(true);
      }),
    );
  });
});
