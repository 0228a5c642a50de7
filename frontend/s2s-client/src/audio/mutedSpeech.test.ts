import { describe, expect, it } from "vitest";
import { MutedSpeech } from "./mutedSpeech";

describe("the reminder of a muted user", () => {
  const SPEECH = 0.1;
  const ROOM = 0.001;

  /** Whether it was shown after each of these stretches of 20 ms frames. */
  function shown(...stretches: readonly (readonly [ms: number, level: number, sounding?: boolean])[]): boolean[] {
    const muted = new MutedSpeech();
    let nowMs = 10_000;
    return stretches.map(([ms, level, sounding = false]) => {
      let reminds = false;
      for (let passed = 0; passed < ms; passed += 20) reminds = muted.processFrame(level, (nowMs += 20), sounding);
      return reminds;
    });
  }

  it("comes with a few words, stays for a while after the last one, and goes", () => {
    expect(shown([1_000, ROOM], [1_000, SPEECH], [3_000, ROOM], [1_500, ROOM])).toEqual([false, true, true, false]);
  });

  it("does not come for a cough", () => {
    expect(shown([1_000, ROOM], [300, SPEECH], [3_000, ROOM], [300, SPEECH])).toEqual([false, false, false, false]);
  });

  it("does not take the AI's own voice for the user's", () => {
    expect(shown([1_000, ROOM], [3_000, SPEECH, true], [400, SPEECH], [2_000, ROOM])).toEqual([false, false, false, false]);
  });
});
