import { describe, expect, it } from "vitest";
import { FilterBank, HOP } from "../../src/audio/vad/filterBank";
import { EchoDetector } from "../../src/audio/vad/echoDetector";
import { clip, joined, mixed, onsetOf, seconds } from "./vadStage";

const AI = joined(clip("made-amiable-himself"), clip("not-an-ill-disposed-young-man"));
const PEOPLE = ["go-forward-ten-meters", "made-amiable-himself", "not-an-ill-disposed-young-man"].map((name) => clip(name).subarray(0, seconds(2)));

describe("a conversation in a headset, in which the answer is never in the microphone", () => {
  it("teaches no echo: of thirty who talk over the answer at most one is heard late", () => {
    const watch = new EchoDetector();
    const [micBands, playedBands] = [new FilterBank(), new FilterBank()];
    const late: number[] = [];
    for (let n = 0; n < 30; n++) {
      const person = PEOPLE[n % 3]!;
      // The answer sounds for 1.8 s, the person begins, and it stops half a second later.
      const start = 1.8 + 0.07 * (n % 5);
      const from = (n * 0.37) % 2;
      const mic = mixed(4.5, [start, person]);
      const played = mixed(4.5, [0.1, AI.subarray(seconds(from), seconds(from + start + 0.4))]).map((sample) => (Math.abs(sample) < 0.0004 ? 0 : sample));
      const begins = start + onsetOf(person);
      let heard = Infinity;
      for (let at = 0; at + HOP <= mic.length; at += HOP) {
        const { near } = watch.processHop(micBands.analyze(mic.subarray(at, at + HOP)), playedBands.analyze(played.subarray(at, at + HOP)));
        const now = (at + HOP) / 16_000;
        if (near && now > begins - 0.05) heard = Math.min(heard, now);
      }
      late.push(Math.round(1000 * (heard - begins)));
    }
    expect(late.filter((ms) => ms > 100).length).toBeLessThanOrEqual(1);
  });
});
