import { describe, expect, it } from "vitest";
import { base64, fileParts, FileFault, parseCall } from "./callFile";
import { AudioTrack } from "./audioTrack";
import { shortCall } from "../../testing/callStage";
import { readUpsampled } from "./upsample";
import { wavParts } from "./wav";
import { clock, sentence, toMarkdown, toPlainText, toWebVtt } from "./textExport";

const story = shortCall();
const call = story.recorder.snapshot(story.nowMs);
const file = [...fileParts(call)].join("");

describe("the downloads", () => {
  it("Markdown", () => {
    expect(toMarkdown(call.record)).toBe(`# Conversation of 2026-11-22 09:30 UTC

0:04 long, Local engine

\`0:00\` **You:** What's the weather in \\*Paris\\*?

\`0:02\` Tool \`get_weather\` {"city":"Paris"}: 12 degrees (340 ms)

\`0:02\` **AI:** It is 12 degrees & ~~raining in Paris.~~ (not heard)

\`0:04\` *Stopped by you after 1.2 s*

\`0:04\` *Reconnecting to the AI. A new line is made.*

\`0:04\` *AI connected*

> \`0:04\` Nothing is lost.
`);
  });

  it("WebVTT: both speakers, in order, without the words that were cut", () => {
    expect(toWebVtt(call.record)).toBe(`WEBVTT

00:00:00.500 --> 00:00:02.000
<v You>What's the weather in *Paris*?

00:00:02.840 --> 00:00:04.040
<v AI>It is 12 degrees &amp;
`);
  });

  it("plain text", () => {
    expect(toPlainText(call.record)).toBe("You: What's the weather in *Paris*?\nAI: It is 12 degrees &…");
  });

  it("a tool is told on the page by what it gives and what it was asked", () => {
    const tool = { kind: "tool", id: "t", atMs: 0, endMs: 1, ok: true, result: "Noted.", tookMs: 5 } as const;
    expect(call.record.items.filter(({ kind }) => kind === "tool").map(sentence)).toEqual(["Weather (Paris): 12 degrees (340 ms)"]);
    expect(sentence({ ...tool, name: "setTimer", args: { minutes: 5, label: "tea" } })).toBe("Set timer (5, tea): Noted. (5 ms)");
    expect(sentence({ ...tool, name: "get_current_time", args: {} })).toBe("Current time: Noted. (5 ms)");
  });

  it("hours are written where there are any", () => {
    expect([0, 59_999, 61_000, 3_600_000].map(clock)).toEqual(["0:00", "0:59", "1:01", "1:00:00"]);
  });
});

describe("the file of a call", () => {
  it("comes back as it was, sound and all", () => {
    const again = parseCall(file);
    expect(again.record).toEqual(call.record);
    for (const voice of ["person", "ai"] as const) {
      const before = call.sound![voice];
      const after = again.sound![voice];
      expect(after.lengthSamples).toBe(before.lengthSamples);
      expect(after.read(0, after.lengthSamples)).toEqual(before.read(0, before.lengthSamples));
    }
  });

  it("may be without sound", () => {
    expect(parseCall([...fileParts({ ...call, sound: null })].join("")).sound).toBeNull();
  });

  it.each([
    ["what is no JSON", "WEBVTT", /isn’t a saved conversation/],
    ["another JSON", '{"hello": 1}', /isn’t a saved conversation/],
    ["a newer version", file.replace('"version": 1', '"version": 2'), /another version/],
    ["a record with a part missing", file.replace('"durationMs"', '"duration"'), /damaged/],
    ["an item that is none", file.replace('"kind": "tool"', '"kind": "spoon"'), /damaged/],
    ["sound of another rate", file.replace('"rate": 24000', '"rate": 8000'), /damaged/],
    ["sound that is no base64", file.replace('"pcm16le": "', '"pcm16le": "ä'), /damaged/],
  ])("is refused in plain words where it is %s", (_, text, words) => {
    const open = () => parseCall(text);
    expect(open).toThrow(FileFault);
    expect(open).toThrow(words);
  });

  it("writes samples little-endian", () => {
    expect(base64(Int16Array.of(1, -2))).toBe("AQD+/w==");
  });
});

describe("the WAV file", () => {
  it("is as long as the call, the person left and the AI right, each at its time", async () => {
    const bytes = await new Blob([...wavParts(call.sound!, call.record.durationMs)]).arrayBuffer();
    const view = new DataView(bytes);
    expect(bytes.byteLength).toBe(44 + 4.5 * 24_000 * 4);
    expect([view.getUint32(4, true), view.getUint16(22, true), view.getUint32(24, true), view.getUint32(40, true)]).toEqual([
      bytes.byteLength - 8,
      2,
      24_000,
      bytes.byteLength - 44,
    ]);
    const at = (ms: number) => [0, 2].map((channel) => view.getInt16(44 + ms * 24 * 4 + channel, true));
    expect(at(1_000)).toEqual([1_000, 0]);
    expect(at(3_500)).toEqual([0, 2_000]);
    expect(at(4_400)).toEqual([0, 0]);
  });

  it("carries the person's voice from 16 to 24 kHz without a change, also across the parts", () => {
    const sine = (rate: number, hz: number) => Int16Array.from({ length: 2 * rate }, (_, at) => Math.round(10_000 * Math.sin((2 * Math.PI * hz * at) / rate)));
    for (const hz of [200, 1_000, 3_400, 6_000]) {
      const track = new AudioTrack(16_000);
      track.write(0, sine(16_000, hz));
      const whole = [...readUpsampled(track, 0, 10_001), ...readUpsampled(track, 10_001, 37_999)];
      const wished = sine(24_000, hz);
      const middle = whole.slice(1_000, 47_000);
      const error = Math.max(...middle.map((sample, at) => Math.abs(sample - (wished[at + 1_000] as number))));
      expect(error, `${hz} Hz`).toBeLessThan(hz < 6_000 ? 30 : 300);
    }
  });
});
