import { describe, expect, it } from "vitest";
import { JitterTarget, type Robustness } from "./jitterTarget";
import { MS, QUANTUM, Stage } from "../testing/playoutStage";

const WISHES: readonly Robustness[] = ["low-latency", "automatic", "robust"];

/** When each frame of an answer is sent: as fast as the gateway may, 240 ms ahead of the ear, or no faster than speech. */
const AHEAD = (n: number) => Math.max(0, n - 11) * 20;
const AT_SPEECH = (n: number) => n * 20;

/** Random numbers that are the same each time. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A line that keeps the order: 20 ms on a good one; on a jumpy one 25 ms more on average, and now and then a stall. */
const GOOD = () => 20;
const jumpy = (roll: () => number) => () => 20 - 25 * Math.log(1 - roll()) + (roll() < 0.01 ? 150 * roll() : 0);

const ANSWERS = 40;

interface Heard {
  /** From the first frame sent to the first sample heard, on average. */
  startMs: number;
  gaps: number;
  gapMs: number;
}

/** Plays answers of 8 s over a line, one call. */
function call(wish: Robustness, sentAt: (n: number) => number, delayMs: () => number): Heard {
  const s = new Stage();
  s.buffer.target.setRobustness(wish);
  const heard = { startMs: 0, gaps: 0, gapMs: 0 };
  const quantum = new Float32Array(QUANTUM);
  for (let turn = 1; turn <= ANSWERS; turn++) {
    let before = 0;
    const due = Array.from({ length: 400 }, (_, n) => (before = Math.max(before, sentAt(n) + delayMs())));
    let next = 0;
    let started = false;
    let silent = 0;
    for (let sample = 0; !isOver(s, turn); sample += QUANTUM) {
      for (; next < due.length && due[next]! <= sample / MS; next++) s.frame(turn, { last: next === due.length - 1 });
      s.buffer.pull(quantum);
      const sounds = quantum[QUANTUM - 1] !== 0;
      if (sounds && !started) heard.startMs += sample / MS / ANSWERS;
      if (sounds && silent > 0) heard.gaps++;
      if (sounds) heard.gapMs += silent / MS;
      started ||= sounds;
      silent = sounds || !started ? 0 : silent + QUANTUM;
    }
  }
  return heard;
}

function isOver({ reports }: Stage, turn: number): boolean {
  const last = reports.at(-1);
  return last?.kind === "end" && last.turn === turn;
}

/** Quickest, balanced, fewest gaps; each over the same line. */
const each = (sentAt: (n: number) => number, delays: () => () => number) =>
  WISHES.map((wish) => call(wish, sentAt, delays())) as [Heard, Heard, Heard];
const perMinute = ({ gaps }: Heard) => Math.round((gaps * 60) / (ANSWERS * 8));

describe("quick or without gaps", () => {
  it("is no question on a good line: all three start with the first frames, and none has a gap", () => {
    for (const { startMs, gaps } of each(AHEAD, () => GOOD)) {
      expect(startMs).toBeLessThan(GOOD() + 10);
      expect(gaps).toBe(0);
    }
  });

  it("keeps the default as quick as the quickest where voice comes no faster than it is spoken", () => {
    const [quickest, balanced, fewest] = each(AT_SPEECH, () => GOOD);
    expect(balanced.startMs).toBe(quickest.startMs);
    expect(fewest.startMs - balanced.startMs).toBeCloseTo(80);
  });

  it("is answered on a jumpy line with the gaps a minute that the settings and docs/network.md tell", () => {
    const all = each(AT_SPEECH, () => jumpy(dice(7)));
    expect(all.map(perMinute)).toEqual([23, 9, 3]);
    expect(all.map(({ startMs }) => Math.round(startMs))).toEqual([90, 158, 212]);
    expect(each(AHEAD, () => jumpy(dice(7))).map(({ gaps }) => gaps)).toEqual([8, 8, 0]);
  });

  it("is heeded at once, and a jump of the line in between is not forgotten beyond the new bounds", () => {
    const target = new JitterTarget();
    target.setRobustness("robust");
    expect(target.ms).toBe(120);
    for (let gap = 0; gap < 9; gap++) target.onUnderrun();
    expect(target.ms).toBe(200);
    target.setRobustness("low-latency");
    expect(target.ms).toBe(80);
    target.onFramePlayed(5_000);
    target.onFramePlayed(5_000);
    expect(target.ms).toBe(40);
    target.setRobustness("automatic");
    expect(target.ms).toBe(40);
  });

  it("remembers a gap for 20 s of voice where gaps are to be few, for 2.5 s where quickness counts", () => {
    const gapAndCalm = (wish: Robustness, ms: number) => {
      const target = new JitterTarget();
      target.setRobustness(wish);
      const floorMs = target.ms;
      target.onUnderrun();
      target.onFramePlayed(ms);
      return target.ms - floorMs;
    };
    expect(gapAndCalm("robust", 19_900)).toBe(20);
    expect(gapAndCalm("automatic", 5_000)).toBe(0);
    expect(gapAndCalm("low-latency", 2_500)).toBe(0);
  });
});
