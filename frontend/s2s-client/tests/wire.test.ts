/** The golden bytes and messages that the gateway's tests read too. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { readHeader, readSamples, writeHeader, writeSamples } from "../src/audio/pcm";
import { SessionStore } from "../src/state/sessionState";
import { INPUT_SAMPLES, OUTPUT_SAMPLES, type FromBrowser, type ToBrowser } from "../src/types";

const FIXTURES = resolve(import.meta.dirname, "../../../wire/fixtures");

function golden(name: string): ArrayBuffer {
  return new Uint8Array(readFileSync(resolve(FIXTURES, name))).buffer;
}

const messages = JSON.parse(readFileSync(resolve(FIXTURES, "messages.json"), "utf8")) as (
  | { direction: "from_browser"; json: FromBrowser }
  | { direction: "to_browser"; json: ToBrowser }
)[];

describe.each([
  ["frame_up.bin", INPUT_SAMPLES],
  ["frame_down.bin", OUTPUT_SAMPLES],
])("%s", (name, samples) => {
  it("is read, and written again byte for byte", () => {
    const frame = golden(name);
    const header = readHeader(frame, samples);
    expect(header).not.toBeNull();
    const pcm = readSamples(frame);
    expect(pcm).toHaveLength(samples);
    const again = new ArrayBuffer(frame.byteLength);
    writeHeader(again, header!);
    writeSamples(again, pcm);
    expect(new Uint8Array(again)).toEqual(new Uint8Array(frame));
  });
});

/** Every kind, with every member it has; the compiler keeps this table complete. */
const FROM_BROWSER: { [K in FromBrowser["type"]]: (keyof Extract<FromBrowser, { type: K }>)[] } = {
  hello: ["type", "wire", "client", "session_key"],
  interrupt: ["type", "turn"],
  text: ["type", "text"],
  played: ["type", "turn", "ms"],
  mic: ["type", "muted"],
  activity: ["type", "mark"],
  wish_codec: ["type", "codec", "reason"],
  ping: ["type", "ms"],
};

describe("messages.json", () => {
  it("has every message the page can send, with the members that the page writes", () => {
    const sent = messages.filter((message) => message.direction === "from_browser").map((message) => message.json);
    expect(new Set(sent.map((message) => message.type))).toEqual(new Set(Object.keys(FROM_BROWSER)));
    for (const message of sent) expect(Object.keys(message).sort()).toEqual([...FROM_BROWSER[message.type]].sort());
  });

  it("can be received from the first to the last", () => {
    const store = new SessionStore();
    store.dispatch({ type: "start" });
    store.dispatch({ type: "microphone-open" });
    for (const message of messages) {
      if (message.direction === "to_browser") store.dispatch({ type: "message", message: message.json });
    }
    const state = store.getSnapshot();
    expect(state.status).toBe("live");
    if (state.status !== "live") return;
    const kinds = new Set(state.lines.map((line) => line.kind));
    expect([...kinds]).toEqual(expect.arrayContaining(["person", "answer", "tool", "notice"]));
  });
});
