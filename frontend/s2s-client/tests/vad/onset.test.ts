import { describe, expect, it } from "vitest";
import { VAD_SAMPLES } from "../../src/audio/workletProtocol";
import { Ducker } from "../../src/audio/vad/ducking";
import { VoiceDetector, HOP_MS } from "../../src/audio/vad/voiceDetector";
import { beginMs, beginnings, mixed, noisesOf, RATE, seconds, WEIGHTS } from "./vadStage";

/** Quiet before anybody speaks; the detectors need some to know the room. */
const BEFORE_S = 0.4;
const SILENCE = new Float32Array(VAD_SAMPLES);

interface Ducks {
  /** When the answer is to be half as loud or quieter after the voice has begun, ms from the first sample. */
  readonly halfMs: number;
  /** When it is to be as quiet as it gets, for the first time. Infinity: never. */
  readonly fullMs: number;
  /** How often it was half as loud, and then loud again. */
  readonly forNothing: number;
}

/** The voice begins `beginsMs` from the first sample; before that, breath may be a hint. */
function ducks(mic: Float32Array, beginsMs = 0): Ducks {
  const ear = new VoiceDetector(WEIGHTS);
  const machine = new Ducker();
  let [halfMs, forNothing] = [Infinity, 0];
  for (let at = VAD_SAMPLES; at <= mic.length; at += VAD_SAMPLES) {
    const nowMs = (1000 * at) / RATE;
    for (const { voice, perhaps } of ear.processAudio(mic.subarray(at - VAD_SAMPLES, at), SILENCE)) {
      const before = machine.ducking;
      const ducking = machine.update({ voice, perhaps, speaking: true }, HOP_MS);
      if (ducking !== "none" && nowMs > beginsMs) halfMs = Math.min(halfMs, nowMs);
      if (ducking === "full") return { halfMs: Math.min(halfMs, nowMs), fullMs: nowMs, forNothing };
      if (before === "half" && ducking === "none") forNothing++;
    }
  }
  return { halfMs, fullMs: Infinity, forNothing };
}

const percentile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.ceil(share * values.length) - 1]!;

describe("from the first sound of a person to the word to be quieter", () => {
  it("half of them wait 40 ms at most, 95 of 100 not more than 95 until it is half as loud, and 130 until it is an eighth", () => {
    const after = [...beginnings().values()].map((whole, number) => {
      // A voice may begin anywhere in a hop.
      const beforeS = BEFORE_S + (number % 4) * 0.004;
      const said = whole.subarray(0, seconds(beginMs(whole) / 1000 + 0.5));
      const beginsMs = 1000 * beforeS + beginMs(whole);
      const { halfMs, fullMs } = ducks(mixed(beforeS + said.length / RATE, [beforeS, said]), beginsMs);
      return [halfMs - beginsMs, fullMs - beginsMs] as const;
    });
    const [half, full] = [after.map(([ms]) => ms), after.map(([, ms]) => ms)];
    expect(after.length).toBe(30);
    expect(percentile(half, 0.5)).toBeLessThanOrEqual(40);
    expect(percentile(half, 0.95)).toBeLessThanOrEqual(95);
    expect(percentile(full, 0.95)).toBeLessThanOrEqual(130);
  }, 120_000);
});

describe("what is nobody's voice", () => {
  it.each([1, 2, 3])("makes nothing quieter, in set %i of the noises either; only a hum that begins may be a hint", (seed) => {
    const told = Object.entries(noisesOf(seed)).map(([name, sound]) => ({ name, ...ducks(mixed(1.2, [BEFORE_S, sound])) }));
    expect(told.filter(({ fullMs }) => fullMs < Infinity)).toEqual([]);
    expect(told.filter(({ forNothing }) => forNothing > 0).map(({ name }) => name)).toEqual(["hum of the mains"]);
  }, 120_000);
});
