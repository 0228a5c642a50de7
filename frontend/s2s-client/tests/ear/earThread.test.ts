import { describe, expect, it } from "vitest";
import { EAR_SAMPLES } from "../../src/audio/protocol";
import { Resampler } from "../../src/audio/resampler";
import { EarThread } from "../../src/ear/earThread";
import { clip, echoOf, joined, mixed, scaled, seconds, WEIGHTS } from "./earStage";

const AI = joined(clip("made-amiable-himself"), clip("not-an-ill-disposed-young-man"));

/** A call as the two worklets tell it: 16 ms of the one, 20 of the other. `played` is given at 16 kHz. Gives what was said, when (s). */
function call(mic: Float32Array, played: Float32Array, answers: readonly (readonly [from: number, to: number])[]): string[] {
  const told: string[] = [];
  let now = 0;
  const say = (word: string) => told.push(`${now.toFixed(1)} ${word}`);
  const thread = new EarThread(WEIGHTS, {
    onDucked: (on) => say(on ? "quieter" : "as before"),
    onEcho: () => say("echo"),
  });
  const up = new Resampler(16_000, 24_000);
  for (let at = 64; at <= mic.length; at += 64) {
    now = at / 16_000;
    if (at % 320 === 0) {
      const speaking = answers.some(([from, to]) => now >= from && now < to);
      thread.played(speaking ? up.process(played.subarray(at - 320, at)) : null, speaking);
    }
    if (at % EAR_SAMPLES === 0) thread.hear(mic.subarray(at - EAR_SAMPLES, at));
  }
  return told;
}

describe("a call", () => {
  const silent = (sound: Float32Array) => sound.map((sample) => (Math.abs(sample) < 0.0004 ? 0 : sample));

  it("with a headset: two words over the voice make it quieter, and 600 ms after them it is back", () => {
    const words = clip("go-forward-ten-meters").subarray(0, seconds(1.2));
    const told = call(mixed(6, [3, words]), silent(mixed(6, [0.2, AI])), [[0.2, 6]]);
    expect(told.map((one) => one.split(" ").slice(1).join(" "))).toEqual(["quieter", "as before"]);
    const [down, up] = told.map(parseFloat);
    expect(down).toBeGreaterThan(3);
    expect(up! - down!).toBeGreaterThan(0.6);
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
