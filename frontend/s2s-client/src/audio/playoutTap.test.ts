import { describe, expect, it } from "vitest";
import { PlayoutTap } from "./playoutTap";
import { Stage } from "../testing/playoutStage";

function tapped() {
  const pieces: { pcm: Int16Array; frame: number }[] = [];
  return { pieces, tap: new PlayoutTap((pcm, frame) => pieces.push({ pcm, frame })) };
}

describe("what left for the loudspeaker", () => {
  it("comes in pieces of 20 ms with the number of their first sample", () => {
    const { pieces, tap } = tapped();
    for (let frame = 1_000; frame < 2_024; frame += 128) tap.pushSamples(new Float32Array(128).fill(0.5), frame);
    expect(pieces.map(({ pcm, frame }) => [pcm.length, frame])).toEqual([[480, 1_000], [480, 1_480]]);
    expect(pieces[0]?.pcm.every((sample) => sample === 16_384)).toBe(true);
  });

  it("leaves silence out", () => {
    const { pieces, tap } = tapped();
    tap.pushSamples(new Float32Array(960), 0);
    tap.pushSamples(Float32Array.from({ length: 480 }, (_, at) => (at === 479 ? 0.1 : 0)), 960);
    expect(pieces.map(({ frame }) => frame)).toEqual([960]);
  });

  it("holds what sounded of an answer that was cut, and not one sample more", () => {
    const { pieces, tap } = tapped();
    const stage = new Stage();
    let frame = 0;
    const hear = (samples: number[]) => {
      tap.pushSamples(Float32Array.from(samples), frame);
      frame += samples.length;
    };
    stage.frames(1, 50, { last: true });
    hear(stage.play(300));
    stage.buffer.flush(1);
    hear(stage.play(200));
    const kept = pieces.flatMap(({ pcm }) => [...pcm]).filter((sample) => sample !== 0).length;
    expect(kept).toBe(stage.heard.filter((sample) => Math.abs(sample) > 1 / 65_536).length);
    expect(kept / 24).toBeLessThan(310);
  });
});
