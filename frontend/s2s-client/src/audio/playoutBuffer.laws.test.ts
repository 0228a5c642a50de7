import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OUTPUT_SAMPLES } from "../types/wire.gen";
import type { Robustness } from "./jitterTarget";
import { Stage } from "../testing/playoutStage";

type Step =
  | { do: "send"; frames: number }
  | { do: "lose" }
  | { do: "end" }
  | { do: "tell end" }
  | { do: "play"; ms: number }
  | { do: "flush" }
  | { do: "aim"; wish: Robustness };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("send" as const), frames: fc.integer({ min: 1, max: 14 }) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("play" as const), ms: fc.integer({ min: 1, max: 300 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("end" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("tell end" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("flush" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("lose" as const) }) },
  // The person changes the setting in mid-answer.
  { weight: 1, arbitrary: fc.record({ do: fc.constant("aim" as const), wish: fc.constantFrom<Robustness[]>("low-latency", "automatic", "robust") }) },
);

/** Frames have values that a faded neighbour never takes, so every unfaded sample tells where it came from. */
const valueOf = (seq: number) => Math.fround(0.995 + (seq % 400) * 1e-5);

/** Sends a random story through the buffer, then lets all of it play out. */
function tell(story: Step[]) {
  const s = new Stage();
  const sent = new Map<number, number[]>();
  const flushed = new Set<number>();
  const lost = new Set<number>();
  let turn = 65530;
  let frames = 0;
  const next = () => {
    turn = (turn + 1) & 0xffff;
    frames = 0;
  };
  for (const what of story) {
    if (what.do === "send") {
      for (let n = 0; n < what.frames; n++, frames++) {
        sent.set(turn, [...(sent.get(turn) ?? []), s.seq]);
        s.frame(turn, { value: valueOf(s.seq) });
      }
    } else if (what.do === "lose" && frames > 0) {
      // Only in mid-turn, where the next frame shows the hole.
      lost.add(s.seq++);
      sent.set(turn, [...(sent.get(turn) ?? []), s.seq]);
      s.frame(turn, { value: valueOf(s.seq) });
      frames += 2;
    } else if (what.do === "play") s.play(what.ms);
    else if (what.do === "aim") s.buffer.target.setRobustness(what.wish);
    else if (what.do === "end") {
      sent.set(turn, [...(sent.get(turn) ?? []), s.seq]);
      s.frame(turn, { value: valueOf(s.seq), last: true });
      next();
    } else if (what.do === "tell end") {
      s.buffer.endTurn(turn, frames * 20);
      next();
    } else if (what.do === "flush") {
      s.buffer.flush(turn);
      [...sent.keys(), turn].forEach((dead) => flushed.add(dead));
      next();
    }
  }
  s.buffer.endTurn(turn, frames * 20);
  s.play(story.length * 400 + 1000);
  return { s, sent, flushed, lost };
}

describe("over random stories", () => {
  const stories = fc.array(step, { minLength: 1, maxLength: 40 });

  it("every sample of a live turn is played exactly once, in order; of a flushed one at most once", () => {
    fc.assert(
      fc.property(stories, (story) => {
        const { s, sent, flushed } = tell(story);
        const bySeq = new Map([...sent.values()].flat().map((seq) => [valueOf(seq), seq]));
        fc.pre(bySeq.size === [...sent.values()].flat().length);
        const order = s.heard.map((sample) => bySeq.get(sample)).filter((seq) => seq !== undefined);
        expect(order).toEqual([...order].sort((a, b) => a - b));
        const counts = new Map<number, number>();
        order.forEach((seq) => counts.set(seq, (counts.get(seq) ?? 0) + 1));
        for (const [turn, seqs] of sent) {
          for (const seq of seqs) {
            const count = counts.get(seq) ?? 0;
            // 120 samples may have been faded in after a hole.
            if (flushed.has(turn)) expect(count).toBeLessThanOrEqual(OUTPUT_SAMPLES);
            else expect([OUTPUT_SAMPLES, OUTPUT_SAMPLES - 120]).toContain(count);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it("the positions reported never run back, and a turn that was not flushed is reported to its end", () => {
    fc.assert(
      fc.property(stories, (story) => {
        const { s, sent, flushed, lost } = tell(story);
        for (const [turn, seqs] of sent) {
          const reports = s.reports.filter((report) => report.turn === turn);
          const positions = reports.map((report) => report.ms);
          expect(positions).toEqual([...positions].sort((a, b) => a - b));
          if (flushed.has(turn)) continue;
          const holes = [...lost].filter((seq) => seq > seqs[0]! && seq < seqs.at(-1)!).length;
          expect(reports.at(-1)).toEqual({ kind: "end", turn, ms: (seqs.length + holes) * 20 });
        }
      }),
      { numRuns: 300 },
    );
  });
});
