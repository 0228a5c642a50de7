import { describe, expect, it } from "vitest";
import { OUTPUT_SAMPLES } from "../types/wire.gen";
import { MS, QUANTUM, Stage } from "../testing/playoutStage";

const isSilence = (samples: number[]) => samples.every((sample) => sample === 0);

describe("the playout buffer", () => {
  it("waits until 40 ms lie ready, then plays", () => {
    const s = new Stage();
    s.frame(1);
    expect(isSilence(s.play(10))).toBe(true);
    s.frame(1);
    expect(s.play(10).some((sample) => sample === 0.5)).toBe(true);
    expect(s.told("first")).toEqual([{ kind: "first", turn: 1, ms: 0 }]);
  });

  it("counts samples and not frames: the first of Opus is 2.5 ms short, the last so much longer", () => {
    const s = new Stage();
    [420, 480, 480, 540].forEach((length, seq) => {
      s.buffer.push({ turn: 1, seq, last: seq === 3, pcm: new Float32Array(length).fill(0.5) });
    });
    expect(s.play(100).filter((sample) => sample === 0.5)).toHaveLength(4 * OUTPUT_SAMPLES);
    expect(s.told("end")).toEqual([{ kind: "end", turn: 1, ms: 80 }]);
  });

  it("does not wait longer than the target for voice that trickles in", () => {
    const s = new Stage();
    s.frame(1);
    expect(isSilence(s.play(35))).toBe(true);
    expect(isSilence(s.play(25))).toBe(false);
  });

  it("starts a short answer at once when its last frame is here", () => {
    const s = new Stage();
    s.frame(1, { last: true });
    expect(s.play(5)[0]).toBe(0.5);
  });

  it("starts a short answer at once when turn_end has said so, before or after the frame", () => {
    for (const endFirst of [true, false]) {
      const s = new Stage();
      if (endFirst) s.buffer.endTurn(1, 15);
      s.frame(1);
      if (!endFirst) s.buffer.endTurn(1, 15);
      expect(s.play(40)[0]).toBe(0.5);
      expect(s.told("end")).toEqual([{ kind: "end", turn: 1, ms: 15 }]);
    }
  });

  it("reports the first sample, every 100 ms, and the end", () => {
    const s = new Stage();
    s.frames(1, 13, { last: true });
    s.play(300);
    expect(s.reports).toEqual([
      { kind: "first", turn: 1, ms: 0 },
      { kind: "progress", turn: 1, ms: expect.closeTo(100, -1) as number },
      { kind: "progress", turn: 1, ms: expect.closeTo(200, -1) as number },
      { kind: "end", turn: 1, ms: 260 },
    ]);
  });

  it("falls silent within one render quantum after a flush, with a fade and the exact sum of what was heard", () => {
    const s = new Stage();
    s.frames(7, 12);
    s.play(100);
    const before = s.heard.filter((sample) => sample !== 0).length;
    s.buffer.flush(7);
    const after = s.play(50);
    expect(isSilence(after.slice(QUANTUM))).toBe(true);
    expect(Math.max(...after.slice(1).map((sample, at) => Math.abs(sample - (after[at] ?? 0))))).toBeLessThan(0.01);
    expect(s.told("flush")).toEqual([{ kind: "flush", turn: 7, ms: Math.floor((before + 120) / MS) }]);
  });

  it("drops frames of a dead turn that arrive after the flush, and older ones", () => {
    const s = new Stage();
    s.frames(7, 4);
    s.play(20);
    s.buffer.flush(7);
    s.play(10);
    s.frames(7, 5);
    s.frames(6, 5);
    expect(isSilence(s.play(100))).toBe(true);
    s.frames(8, 3);
    expect(isSilence(s.play(20))).toBe(false);
  });

  it("does not let a late click kill the next turn", () => {
    const s = new Stage();
    s.frames(7, 2, { last: true });
    s.play(60);
    s.frames(8, 4);
    s.play(20);
    s.buffer.flush(7);
    expect(isSilence(s.play(20))).toBe(false);
    expect(s.told("flush")).toEqual([{ kind: "flush", turn: 7, ms: 40 }]);
  });

  it("answers a flush of a turn that never sounded with nothing heard", () => {
    const s = new Stage();
    s.frame(3);
    s.buffer.flush(3);
    expect(s.reports).toEqual([{ kind: "flush", turn: 3, ms: 0 }]);
    expect(isSilence(s.play(60))).toBe(true);
  });

  it("counts turns modulo 65536", () => {
    const s = new Stage();
    s.frames(65535, 3);
    s.play(20);
    s.buffer.flush(65535);
    s.play(10);
    s.frames(0, 3);
    expect(isSilence(s.play(20))).toBe(false);
    s.buffer.flush(0);
    s.play(10);
    s.frames(65535, 3);
    expect(isSilence(s.play(60))).toBe(true);
  });

  it("puts frames that overtook each other back in order, and plays none twice", () => {
    const s = new Stage();
    s.frame(1, { seq: 1, value: 0.2 });
    s.frame(1, { seq: 0, value: 0.1 });
    s.frame(1, { seq: 1, value: 0.2 });
    s.frame(1, { seq: 2, value: 0.3, last: true });
    const changes = s.play(80).filter((sample, at, all) => sample !== all[at - 1]);
    expect(changes.map((value) => Number(value.toFixed(3)))).toEqual([0.1, 0.2, 0.3, 0]);
  });

  it("conceals a lost frame by what was heard last, without a step, and it counts towards the turn", () => {
    const s = new Stage();
    s.frame(1, { seq: 0 });
    s.frame(1, { seq: 2, last: true });
    const heard = s.play(70);
    const [last = 0, ...steps] = heard.slice(470, 1_440).map((sample, at, all) => Math.abs(sample - (all[at - 1] ?? sample)));
    expect(last).toBe(0);
    expect(Math.max(...steps)).toBeLessThan(0.01);
    expect(heard[500]).toBeCloseTo(0.5);
    expect(heard[959]).toBeLessThan(0.45);
    expect(heard[960 + 200]).toBe(0.5);
    expect(s.told("end")).toEqual([{ kind: "end", turn: 1, ms: 60 }]);
  });

  it("lets a long gap fade to silence, also where the voice then runs dry", () => {
    const s = new Stage();
    s.frames(1, 2);
    s.frame(1, { seq: 7 });
    const heard = s.play(200);
    expect(isSilence(heard.slice(960 + 1_440, 960 + 5 * 480))).toBe(true);
    const dry = new Stage();
    dry.frames(1, 2);
    dry.frame(1, { seq: 3, value: 0 });
    dry.play(30);
    const all = [...dry.heard, ...dry.play(100)];
    expect(Math.max(...all.slice(970).map((sample, at) => Math.abs(sample - (all[969 + at] ?? 0))))).toBeLessThan(0.01);
  });

  it("counts a lost first frame when the frame before it was the last of its turn", () => {
    const s = new Stage();
    s.frame(1, { seq: 0, last: true });
    s.play(30);
    s.frame(2, { seq: 2 });
    s.frame(2, { seq: 3, last: true });
    s.play(80);
    expect(s.told("end").at(-1)).toEqual({ kind: "end", turn: 2, ms: 60 });
  });

  it("ends a turn whose last frame was lost, some time after turn_end", () => {
    const s = new Stage();
    s.frames(1, 3);
    s.buffer.endTurn(1, 80);
    s.play(70);
    expect(s.told("end")).toEqual([]);
    s.play(250);
    expect(s.told("end")).toEqual([{ kind: "end", turn: 1, ms: 60 }]);
  });

  it("lets the next turn end one whose end was lost", () => {
    const s = new Stage();
    s.frames(1, 3);
    s.play(80);
    s.frames(2, 4);
    s.play(30);
    expect(s.told("end")).toEqual([{ kind: "end", turn: 1, ms: 60 }]);
    expect(s.told("first").at(-1)?.turn).toBe(2);
  });

  it("asks for more in hand after the voice ran dry, and for less again when all is calm", () => {
    const s = new Stage();
    s.frames(1, 2);
    s.play(60);
    expect(s.buffer.target.ms).toBe(60);
    s.frames(1, 2);
    expect(isSilence(s.play(10).slice(120))).toBe(true);
    s.frames(1, 2);
    expect(isSilence(s.play(10))).toBe(false);
    s.frames(1, 3);
    for (let round = 0; round < 40; round++) {
      s.frames(1, 16);
      s.play(320);
    }
    expect(s.buffer.target.ms).toBe(40);
  });

  it("does not take the end of an answer for a network fault", () => {
    const s = new Stage();
    s.frames(1, 2);
    s.play(30);
    s.buffer.endTurn(1, 60);
    s.play(20);
    s.frame(1, { last: true });
    s.play(40);
    expect(s.buffer.target.ms).toBe(40);
    expect(s.told("end")).toEqual([{ kind: "end", turn: 1, ms: 60 }]);
  });

  it("catches up after a stall by leaving out silence, never words", () => {
    const s = new Stage();
    for (let sentence = 0; sentence < 4; sentence++) {
      s.frames(1, 20, { value: 0.5 });
      s.frames(1, 10, { value: 0 });
    }
    s.frame(1, { last: true });
    s.play(121 * 20);
    const words = s.heard.filter((sample) => sample === 0.5).length;
    expect(words).toBe(81 * OUTPUT_SAMPLES);
    expect(s.buffer.skippedSamples).toBeGreaterThan(0);
    expect(s.told("end")).toEqual([{ kind: "end", turn: 1, ms: 121 * 20 }]);
  });

  it("does not believe a leap of the counter to be an hour of lost voice", () => {
    const s = new Stage();
    s.frame(1, { seq: 0 });
    s.frame(1, { seq: 4_000_000, last: true });
    s.play(50);
    expect(s.told("end")).toEqual([{ kind: "end", turn: 1, ms: 40 }]);
  });
});
