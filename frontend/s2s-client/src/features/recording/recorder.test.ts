import { describe, expect, it } from "vitest";
import { PlayoutTap } from "../../audio/playoutTap";
import { QUANTUM, Stage } from "../../testing/playoutStage";
import type { Item } from "./callRecord";
import { firstWords } from "./callRecord";
import { CallRecorder } from "./recorder";
import { shortCall, STARTED_MS, CallStage } from "../../testing/callStage";

const recorded = (story: CallStage) => story.recorder.snapshot(story.nowMs);
const kinds = (items: readonly Item[]) => items.map(({ kind }) => kind);
function only<Kind extends Item["kind"]>(story: CallStage, kind: Kind): Extract<Item, { kind: Kind }>[] {
  return recorded(story).record.items.filter((item): item is Extract<Item, { kind: Kind }> => item.kind === kind);
}

describe("the record of a call", () => {
  it("holds what was said, done and cut, each at its time", () => {
    const { record } = recorded(shortCall());
    expect(kinds(record.items)).toEqual(["person", "tool", "answer", "interruption", "upstream", "upstream", "notice"]);
    expect(record.items[0]).toMatchObject({ atMs: 500, endMs: 2_000 });
    expect(record.items[1]).toMatchObject({ atMs: 2_500, endMs: 2_840, ok: true, result: "12 degrees", tookMs: 340 });
    expect(record.items[2]).toMatchObject({ atMs: 2_840, endMs: 4_040, heardChars: 18 });
    expect(record.items[3]).toMatchObject({ by: "button", turn: 1, heardMs: 1_200 });
    expect(record).toMatchObject({ startedAt: "2026-11-22T09:30:00.000Z", durationMs: 4_500, soundEndsMs: null });
    expect(record.model).toEqual({ backend: "emulator", name: "local" });
    expect(firstWords(record)).toBe("What's the weather in *Paris*?");
  });

  it("puts both voices on one time line", () => {
    const { sound } = recorded(shortCall());
    const heardAt = (track: { read(at: number, count: number): Int16Array }, rate: number, ms: number) => track.read(ms * rate, 1)[0];
    expect([490, 510, 1_990, 2_010].map((ms) => heardAt(sound!.person, 16, ms))).toEqual([1, 1_000, 1_000, 1]);
    expect([2_830, 2_850, 4_030, 4_050].map((ms) => heardAt(sound!.ai, 24, ms))).toEqual([0, 2_000, 2_000, 0]);
  });

  it("times the words of an answer by what sounded, also behind a stall", () => {
    const story = new CallStage().begins();
    story.says({ type: "model_transcript", turn: 1, text: "One.", at_ms: 0 }).says({ type: "model_transcript", turn: 1, text: " Two.", at_ms: 500 });
    story.waits(1_000).voice(1, 300).waits(2_000).voice(1, 400, { from: 300, end: true });
    const [answer] = only(story, "answer");
    expect(answer?.pieces.map(({ atMs }) => atMs)).toEqual([1_000, 3_500]);
    expect(answer).toMatchObject({ endMs: 3_700, heardChars: 9 });
  });

  it("counts the words that were on their way when the call ended as not heard", () => {
    const story = new CallStage().begins().says({ type: "model_transcript", turn: 1, text: "One two three four five.", at_ms: 0 });
    story.voice(1, 800).happens({ type: "end" });
    expect(only(story, "answer")[0]?.heardChars).toBe("One two ".length);
  });

  it("tells one interruption for the press and the gateway's order that follows it", () => {
    const story = new CallStage().begins();
    story.voice(1, 100).happens({ type: "interrupted", turn: 1, heardMs: 100 }).says({ type: "flush", turn: 1, heard_ms: 90 });
    story.happens({ type: "interrupted", turn: null, heardMs: 0 }).says({ type: "flush", turn: 2, heard_ms: 0 });
    story.voice(3, 100).says({ type: "flush", turn: 3, heard_ms: 100 });
    story.voice(4, 100, { end: true }).says({ type: "flush", turn: 4, heard_ms: 100 });
    expect(only(story, "interruption").map(({ by, turn }) => [by, turn])).toEqual([["button", 1], ["button", null], ["voice", 3]]);
  });

  it("joins what ear and gateway measured of an answer's latency", () => {
    const story = new CallStage().begins().happens({ type: "voice-started", turn: 1, latencyMs: 512 });
    story.waits(30).says({ type: "latency", turn: 1, marks: { first_voice: 400 } });
    expect(only(story, "latency")).toEqual([{ kind: "latency", atMs: 0, turn: 1, earMs: 512, marks: { first_voice: 400 } }]);
  });

  it("gives typed words the time they came, and lines from before a reload the time 0", () => {
    const story = new CallStage().happens({ type: "start", lines: [{ kind: "notice", level: "info", text: "Old.", hint: "" }] });
    story.happens({ type: "microphone-open" }).begins().waits(700);
    story.says({ type: "user_transcript", id: 9, text: "typed", final: true });
    story.says({ type: "notice", level: "info", code: "x", message: "New.", hint: "" });
    expect(only(story, "person")).toMatchObject([{ atMs: 700, endMs: 700 }]);
    expect(only(story, "notice").map(({ text, atMs }) => [text, atMs])).toEqual([["Old.", 0], ["New.", 700]]);
  });

  it("stops at its limit of sound, says so, and goes on with the words", () => {
    const story = new CallStage(1_000).begins().microphone(2_000).voice(1, 500);
    const before = recorded(story).sound!;
    expect(before.person.durationMs).toBe(1_000);
    expect(before.ai.lengthSamples).toBe(0);
    expect(story.recorder.isFull(story.nowMs)).toBe(true);
    story.says({ type: "user_transcript", id: 1, text: "Still here.", final: true });
    expect(only(story, "person")).toHaveLength(1);
    expect(recorded(story).record.soundEndsMs).toBe(1_000);
  });

  it("takes at most 144 MB for half an hour of two people who never pause", () => {
    const { recorder } = new CallStage();
    const minute = { person: new Int16Array(60 * 16_000).fill(1), ai: new Int16Array(60 * 24_000).fill(1) };
    for (let at = 1; at <= 40; at++) {
      recorder.recordMicrophone(minute.person, 0.1, STARTED_MS + (at - 1) * 60_000 + 20);
      recorder.recordPlayedAudio({ pcm: minute.ai, frame: at * 60 * 24_000, atMs: STARTED_MS + at * 60_000 });
    }
    const { sound } = recorder.snapshot(STARTED_MS + 40 * 60_000);
    expect(sound!.person.bytes + sound!.ai.bytes).toBe(30 * 60 * 2 * (16_000 + 24_000));
  });
});

describe("the voice in the record", () => {
  it("is exactly what the loudspeaker was given: sum of the turns, no overlap, nothing that was cut", () => {
    const recorder = new CallRecorder({ id: "a", startedAtMs: 0, sound: true });
    const stage = new Stage();
    let frame = 0;
    const tap = new PlayoutTap((pcm, at) => {
      recorder.recordPlayedAudio({ pcm, frame: at, atMs: (at + pcm.length) / 24 });
    });
    const pass = (ms: number) => {
      const samples = stage.play(ms);
      for (let at = 0; at < samples.length; at += QUANTUM, frame += QUANTUM) tap.pushSamples(Float32Array.from(samples.slice(at, at + QUANTUM)), frame);
    };
    stage.frames(1, 100, { value: 0.25, last: true });
    pass(700);
    stage.buffer.flush(1);
    pass(400);
    stage.frames(2, 30, { value: 0.5, last: true });
    pass(1_000);
    const { sound } = recorder.snapshot(3_000);
    const kept = sound!.ai.read(0, stage.heard.length);
    const wrong = stage.heard.findIndex((sample, at) => Math.round(sample * 32_768) !== kept[at]);
    expect(wrong).toBe(-1);
    const of = (value: number) => kept.filter((sample) => sample === value * 32_768).length;
    expect(of(0.25) / 24).toBeLessThan(720);
    expect(of(0.5) / 24).toBeGreaterThan(590);
  });
});
