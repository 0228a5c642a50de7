import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ChunkPlacer } from "./chunkPlacement";
import { BLOCK_S, AudioTrack } from "./audioTrack";

const RATE = 16_000;
const ones = (count: number) => new Int16Array(count).fill(1);

describe("a track", () => {
  it("gives back what was written, across its blocks, with silence between", () => {
    const track = new AudioTrack(RATE);
    const edge = BLOCK_S * RATE;
    track.write(edge - 2, Int16Array.of(1, 2, 3, 4));
    expect([...track.read(edge - 4, 8)]).toEqual([0, 0, 1, 2, 3, 4, 0, 0]);
    expect([...track.read(-2, 3)]).toEqual([0, 0, 0]);
    expect(track.lengthSamples).toBe(edge + 2);
    expect([...track.pieces()].map(({ at, pcm }) => [at, ...pcm])).toEqual([[edge - 2, 1, 2], [edge, 3, 4]]);
  });

  it("takes no memory for silence", () => {
    const track = new AudioTrack(RATE);
    track.write(0, new Int16Array(60 * RATE));
    track.write(3_600 * RATE, ones(1));
    expect(track.bytes).toBe(2 * BLOCK_S * RATE);
    expect(track.durationMs).toBeCloseTo(3_600_000, 0);
  });

  it("keeps nothing beyond its limit", () => {
    const track = new AudioTrack(RATE, RATE);
    expect(track.write(RATE - 10, ones(20))).toBe(10);
    expect(track.write(RATE + 100, ones(20))).toBe(0);
    expect(track.lengthSamples).toBe(RATE);
    expect([...track.read(RATE - 1, 2)]).toEqual([1, 0]);
  });
});

describe("the place of a chunk", () => {
  const chunk = fc.record({
    gapMs: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 5_000 })),
    jitterMs: fc.integer({ min: -25, max: 25 }),
    lengthMs: fc.constantFrom(10, 20, 40),
  });

  it("follows the clock within its tolerance, never overlaps, and holds every sample", () => {
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 300 }), fc.boolean(), fc.integer({ min: -200, max: 200 }), (chunks, counted, ppm) => {
        const placer = new ChunkPlacer(RATE);
        const track = new AudioTrack(RATE);
        let trueMs = 100;
        let end = 0;
        let written = 0;
        for (const { gapMs, jitterMs, lengthMs } of chunks) {
          trueMs += gapMs;
          const samples = lengthMs * 16;
          const drift = 1 + ppm / 1e6;
          const frame = Math.round(trueMs * 16 * drift) + 7_000;
          const at = placer.place({ samples, startMs: trueMs + jitterMs, ...(counted && { frame }) });
          trueMs += lengthMs;
          if (at === null) continue;
          expect(at).toBeGreaterThanOrEqual(end);
          expect(Math.abs(at / 16 - (trueMs - lengthMs))).toBeLessThanOrEqual(130);
          end = at + samples;
          written += track.write(at, ones(samples));
        }
        const held = track.read(0, track.lengthSamples).reduce((sum, sample) => sum + sample, 0);
        expect(held).toBe(written);
      }),
      { numRuns: 200 },
    );
  });

  it("follows the sound and not the clock's steps", () => {
    const placer = new ChunkPlacer(RATE);
    const places = [100, 118, 145, 160, 181].map((startMs) => placer.place({ samples: 320, startMs }));
    expect(places).toEqual([1_600, 1_920, 2_240, 2_560, 2_880]);
  });

  it("goes on after the machine's clock was set back", () => {
    const placer = new ChunkPlacer(RATE);
    placer.place({ samples: 320, startMs: 60_000 });
    expect(placer.place({ samples: 320, startMs: 10_020 })).toBe(960_320);
    expect(placer.place({ samples: 320, startMs: 10_040 })).toBe(960_640);
    expect(placer.place({ samples: 320, startMs: 11_040 })).toBe(976_640);
  });
});
