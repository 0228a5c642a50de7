import { describe, expect, it } from "vitest";
import { readHeader } from "../../audio/pcm";
import { HEADER_BYTES, INPUT_SAMPLES } from "../../types";
import { firstFrameNumber, MicSendQueue } from "./micSendQueue";

/** A frame whose first sample is its number. */
function frame(number: number): ArrayBuffer {
  const buffer = new ArrayBuffer(HEADER_BYTES + 2 * INPUT_SAMPLES);
  new DataView(buffer).setInt16(HEADER_BYTES, number, true);
  return buffer;
}

function channel() {
  const sent: { seq: number; number: number }[] = [];
  return {
    sent,
    isOpen: true,
    bufferedAmount: 0,
    send(data: ArrayBuffer) {
      sent.push({ seq: readHeader(data, INPUT_SAMPLES)!.seq, number: new DataView(data).getInt16(HEADER_BYTES, true) });
    },
  };
}

describe("the microphone's outbox", () => {
  it("keeps what was said before the channel opened and sends it in order, then goes on", () => {
    const outbox = new MicSendQueue(0);
    outbox.push(frame(1));
    outbox.push(frame(2));
    const open = channel();
    outbox.open(open);
    outbox.push(frame(3));
    expect(open.sent).toEqual([
      { seq: 0, number: 1 },
      { seq: 1, number: 2 },
      { seq: 2, number: 3 },
    ]);
  });

  it("keeps the last 10 s and not more", () => {
    const outbox = new MicSendQueue(0);
    for (let number = 0; number < 510; number++) outbox.push(frame(number));
    const open = channel();
    outbox.open(open);
    expect(open.sent).toHaveLength(500);
    expect(open.sent[0]).toEqual({ seq: 0, number: 10 });
  });

  it("drops a frame when two seconds wait unsent, without a hole in the count", () => {
    const outbox = new MicSendQueue(0);
    const open = channel();
    outbox.open(open);
    outbox.push(frame(1));
    open.bufferedAmount = 70_000;
    outbox.push(frame(2));
    open.bufferedAmount = 0;
    outbox.push(frame(3));
    expect(open.sent).toEqual([
      { seq: 0, number: 1 },
      { seq: 1, number: 3 },
    ]);
  });

  it("sends no more than the gate admits, the rest in order when it is asked again, and the end of a sentence behind it", () => {
    const outbox = new MicSendQueue(0);
    const open = channel();
    let left = 2;
    const gate = { reset: () => undefined, admits: () => left > 0, onFrameSent: () => left-- };
    const ended: number[] = [];
    outbox.open(open, gate);
    for (const number of [1, 2, 3, 4]) outbox.push(frame(number));
    outbox.sendAfterAudio({ type: "activity" }, () => ended.push(open.sent.length));
    outbox.sendAfterAudio({ type: "played" }, () => ended.push(open.sent.length));
    outbox.push(frame(5));
    expect(ended).toEqual([2]);
    left = 1;
    outbox.pump();
    left = 2;
    outbox.pump();
    expect(open.sent.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
    expect(ended).toEqual([2, 4]);
  });

  it("lets the end of a sentence go when the line is lost in front of which it waited", () => {
    const outbox = new MicSendQueue(0);
    let ends = 0;
    outbox.open(channel(), { reset: () => undefined, admits: () => false, onFrameSent: () => undefined });
    outbox.push(frame(1));
    outbox.sendAfterAudio({ type: "mic" }, () => ends++);
    outbox.push(frame(2));
    outbox.detach();
    expect(ends).toBe(1);
    const next = channel();
    outbox.open(next);
    expect(next.sent.map(({ number }) => number)).toEqual([1, 2]);
    expect(ends).toBe(1);
  });

  it("sends nothing after it was closed", () => {
    const outbox = new MicSendQueue(0);
    const open = channel();
    outbox.open(open);
    outbox.close();
    outbox.push(frame(1));
    expect(open.sent).toEqual([]);
  });

  it.each([1_000, 60_000])("a page that is loaded %i ms later begins far above every number of the one before it", (laterMs) => {
    const loadedAtMs = Date.UTC(2026, 10, 22);
    const outbox = new MicSendQueue(firstFrameNumber(loadedAtMs));
    const before = channel();
    outbox.open(before);
    for (let spokenMs = 0; spokenMs < laterMs; spokenMs += 20) outbox.push(frame(1));
    // What the gateway takes for another page: MOST_REPEATED_FRAMES of s2s/transport/mic_reorder.py.
    expect(firstFrameNumber(loadedAtMs + laterMs) - before.sent.at(-1)!.seq).toBeGreaterThan(500);
  });
});
