import { describe, expect, it } from "vitest";
import { VAD_SAMPLES } from "../../src/audio/workletProtocol";
import { Ducker } from "../../src/audio/vad/ducking";
import { VoiceDetector, type VoiceReport, HOP_MS } from "../../src/audio/vad/voiceDetector";
import { clip, echoOf, joined, mixed, NOISES, onsetOf, scaled, seconds, WEIGHTS } from "./vadStage";

const SILENCE = new Float32Array(seconds(20));

interface Told extends VoiceReport {
  /** When the report could be given. */
  readonly atMs: number;
}

/** What the ear says to a microphone's sound, fed as the worklet feeds it. */
function listen(mic: Float32Array, played: Float32Array = SILENCE): Told[] {
  const ear = new VoiceDetector(WEIGHTS);
  const told: Told[] = [];
  for (let at = 0; at + VAD_SAMPLES <= mic.length; at += VAD_SAMPLES) {
    const to = at + VAD_SAMPLES;
    const reports = ear.processAudio(mic.subarray(at, to), played.subarray(at, to));
    told.push(...reports.map((report) => ({ ...report, atMs: (at + VAD_SAMPLES) / 16 })));
  }
  return told;
}

const voices = (told: readonly Told[]): Told[] => told.filter((report) => report.voice);
/** Also what only may be one. */
const hints = (told: readonly Told[]): Told[] => told.filter(({ voice, perhaps }) => voice || perhaps);

/** From the first sound of the person, who begins at `startS`, to the word to be quieter, in ms. */
function duckedAfterMs(told: readonly Told[], startS: number, person: Float32Array): number {
  const machine = new Ducker();
  const first = told.find(({ voice, perhaps }) => machine.update({ voice, perhaps, speaking: true }, HOP_MS) !== "none");
  return first ? first.atMs - 1000 * (startS + onsetOf(person)) : Infinity;
}

const PERSON = clip("go-forward-ten-meters");
const AI = joined(clip("made-amiable-himself"), clip("not-an-ill-disposed-young-man"));

describe("a person", () => {
  it.each(["go-forward-ten-meters", "made-amiable-himself", "not-an-ill-disposed-young-man"])(
    "who says %s is noticed within 70 ms, so that the voice is down within 100",
    (name) => {
      const person = clip(name);
      expect(duckedAfterMs(listen(mixed(2.5, [1, person])), 1, person)).toBeLessThanOrEqual(70);
    },
  );

  it("who speaks softly is noticed, too", () => {
    const soft = scaled(PERSON, -20);
    expect(duckedAfterMs(listen(mixed(2.5, [1, soft])), 1, soft)).toBeLessThanOrEqual(100);
  });
});

describe("what is no person", () => {
  it.each(Object.keys(NOISES))("%s changes nothing, loud or soft", (name) => {
    for (const db of [0, -15]) expect(voices(listen(mixed(3, [1, scaled(NOISES[name]!, db)])))).toEqual([]);
  });
});

describe("our own voice through the loudspeaker", () => {
  const played = mixed(7, [0.7, AI]).map((sample) => (Math.abs(sample) < 0.0004 ? 0 : sample));
  const ROOMS = [
    [30, -3],
    [80, -12],
    [160, -25],
    [300, -12],
    [120, -40],
  ] as const;

  it.each(ROOMS)("%i ms late at %i dB is never taken for a person, not even for perhaps one", (delayMs, db) => {
    const told = listen(mixed(7, [0.7, echoOf(AI, delayMs, db)]), played);
    expect(hints(told)).toEqual([]);
  });

  it.each(ROOMS)("%i ms late at %i dB does not hide a person who speaks at the same time", (delayMs, db) => {
    const told = listen(mixed(5, [0.7, echoOf(AI, delayMs, db)], [3.5, PERSON]), played);
    expect(duckedAfterMs(told, 3.5, PERSON)).toBeLessThanOrEqual(100);
  });

  it("is known for what it is, so that speaker mode can be offered", () => {
    const told = listen(mixed(5, [0.7, echoOf(AI, 80, -6)]), played);
    expect(told.filter(({ echo }) => echo).length).toBeGreaterThan(30);
    expect(listen(mixed(5), played).some(({ echo }) => echo)).toBe(false);
  });

  it("that suddenly comes back twice as loud is unlearned within half a second", () => {
    const before = echoOf(AI, 80, -20);
    const louder = echoOf(AI, 80, -8);
    const from = seconds(2.5);
    const mic = mixed(6, [0.7, before.map((sample, at) => (at < from ? sample : louder[at]!))]);
    const late = hints(listen(mic, played)).filter(({ atMs }) => atMs > 3_900);
    expect(late).toEqual([]);
  });
});
