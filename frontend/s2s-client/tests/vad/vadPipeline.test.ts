import { describe, expect, it } from "vitest";
import { VAD_SAMPLES } from "../../src/audio/workletProtocol";
import { Resampler } from "../../src/audio/resampler";
import type { Sensitivity } from "../../src/audio/vad/voiceDetector";
import { VadPipeline } from "../../src/audio/vad/vadPipeline";
import { beginMs, beginnings, clip, creakingChair, echoOf, joined, mixed, scaled, seconds, throatCough, WEIGHTS } from "./vadStage";

const AI = joined(clip("made-amiable-himself"), clip("not-an-ill-disposed-young-man"));

/** A call as the two worklets tell it: 16 ms of the one, 20 of the other. `played` is given at 16 kHz. Gives what was said, when (s). */
function call(mic: Float32Array, played: Float32Array, answers: readonly (readonly [from: number, to: number])[], sensitivity: Sensitivity = "normal"): string[] {
  const told: string[] = [];
  let now = 0;
  const say = (word: string) => told.push(`${now.toFixed(3)} ${word}`);
  const thread = new VadPipeline(WEIGHTS, {
    onDucking: (how) => say({ none: "as before", half: "half as loud", full: "quieter" }[how]),
    onDucked: (on) => on && say("a person"),
    onEcho: () => say("echo"),
  });
  thread.detector.sensitivity = sensitivity;
  const up = new Resampler(16_000, 24_000);
  for (let at = 64; at <= mic.length; at += 64) {
    now = at / 16_000;
    if (at % 320 === 0) {
      const speaking = answers.some(([from, to]) => now >= from && now < to);
      thread.processPlayed(speaking ? up.process(played.subarray(at - 320, at)) : null, speaking);
    }
    if (at % VAD_SAMPLES === 0) thread.processMicrophone(mic.subarray(at - VAD_SAMPLES, at));
  }
  return told;
}

describe("a call", () => {
  const silent = (sound: Float32Array) => sound.map((sample) => (Math.abs(sample) < 0.0004 ? 0 : sample));

  /** Somebody in a headset makes this sound at second 3. Gives what was said without its times, and the times (s). */
  const withHeadset = (sound: Float32Array, length = 6, sensitivity: Sensitivity = "normal") => {
    const told = call(mixed(length, [3, sound]), silent(mixed(length, [0.2, AI])), [[0.2, length]], sensitivity);
    return { words: told.map((one) => one.split(" ").slice(1).join(" ")), at: told.map(parseFloat) };
  };

  it("with a headset: two words over the voice make it quieter, and 600 ms after them it is back", () => {
    const { words, at } = withHeadset(clip("go-forward-ten-meters").subarray(0, seconds(1.2)));
    expect(words).toEqual(["quieter", "a person", "as before"]);
    expect(at[0]).toBeGreaterThan(3);
    expect(at[2]! - at[0]!).toBeGreaterThan(0.6);
  });

  it("with a word that begins softly: half as loud two windows before anybody could be sure, then quieter", () => {
    const soft = beginnings().get("kal16: Show me the other one.")!;
    const { words, at } = withHeadset(soft.subarray(0, seconds(beginMs(soft) / 1000 + 0.6)), 4);
    expect(words.slice(0, 3)).toEqual(["half as loud", "quieter", "a person"]);
    expect(at[1]! - at[0]!).toBeGreaterThanOrEqual(0.064);
  });

  it.each([
    ["a cough", throatCough(4)],
    ["another cough", throatCough(14)],
    ["a creaking chair", creakingChair(6)],
  ])("with %s: half as loud for a quarter of a second at most, twice at most, and nobody is told of a person", (_, sound) => {
    const { words, at } = withHeadset(sound, 4);
    const dip = ["half as loud", "as before"];
    expect([dip, [...dip, ...dip]]).toContainEqual(words);
    for (let n = 0; n < at.length; n += 2) expect(at[n + 1]! - at[n]!).toBeLessThan(0.26);
  });

  it("of somebody who wants fewer dips: a cough that could be a voice changes nothing", () => {
    expect(withHeadset(throatCough(4), 4, "low").words).toEqual([]);
  });

  it("with an open loudspeaker: the voice never yields to itself, and the echo is told once an answer", () => {
    const answers = [[0.2, 3.2], [4.2, 7.2]] as const;
    const part = AI.subarray(0, seconds(3));
    const played = silent(mixed(8, [0.2, part], [4.2, part]));
    const mic = mixed(8, [0.2, echoOf(part, 60, -10)], [4.2, echoOf(part, 60, -10)]);
    expect(call(mic, played, answers).map((one) => one.split(" ")[1])).toEqual(["echo", "echo"]);
  });

  it("while nothing sounds, nobody is told anything", () => {
    expect(call(mixed(3, [1, scaled(AI, 0)]), new Float32Array(seconds(3)), [])).toEqual([]);
  });
});
