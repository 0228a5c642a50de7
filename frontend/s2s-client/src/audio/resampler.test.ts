import { describe, expect, it } from "vitest";
import { Resampler } from "./resampler";

const tone = (hertz: number, rate: number, seconds: number) =>
  Float32Array.from({ length: rate * seconds }, (_, at) => Math.sin((2 * Math.PI * hertz * at) / rate));

/** In pieces of one render quantum, as the worklet does it. */
function resample(input: Float32Array, from: number): Float32Array {
  const resampler = new Resampler(from, 16_000);
  const out: number[] = [];
  for (let at = 0; at < input.length; at += 128) out.push(...resampler.process(input.subarray(at, at + 128)));
  return Float32Array.from(out);
}

const loudness = (pcm: Float32Array) => Math.sqrt(pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length);

describe.each([48_000, 44_100, 96_000])("from %i Hz to 16 kHz", (rate) => {
  it("gives as many samples as time has passed", () => {
    expect(resample(tone(300, rate, 1), rate).length).toBeGreaterThan(15_900);
    expect(resample(tone(300, rate, 1), rate).length).toBeLessThanOrEqual(16_000);
  });

  it.each([200, 1000, 4000, 6000])("keeps a tone of %i Hz", (hertz) => {
    const steady = resample(tone(hertz, rate, 0.5), rate).subarray(400);
    expect(20 * Math.log10(loudness(steady) * Math.SQRT2)).toBeCloseTo(0, 1);
  });

  it.each([8300, 10_000, 15_000, 20_000])("lets nothing of a tone of %i Hz through", (hertz) => {
    const steady = resample(tone(hertz, rate, 0.5), rate).subarray(400);
    expect(20 * Math.log10(loudness(steady))).toBeLessThan(-60);
  });
});
