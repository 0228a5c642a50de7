import { describe, expect, it } from "vitest";
import { readHeader, writeHeader } from "../../audio/pcm";
import { HEADER_BYTES, OUTPUT_SAMPLES, type ToBrowser } from "../../types";
import { FIRST_NUMBERS, TurnNumbering } from "./turnNumbering";

const said = (id: number): ToBrowser => ({ type: "user_transcript", id, text: "x", final: true });
const flush = (turn: number): ToBrowser => ({ type: "flush", turn, heard_ms: 0 });

function voice(turn: number): ArrayBuffer {
  const frame = new ArrayBuffer(HEADER_BYTES + 2 * OUTPUT_SAMPLES);
  writeHeader(frame, { flags: 0, turn, seq: 7, clockMs: 9 });
  return frame;
}

describe("the numbers of a conversation", () => {
  it("are the gateway's own in its first session", () => {
    const numbering = new TurnNumbering();
    expect(numbering.fromGateway(flush(3))).toEqual(flush(3));
    expect(numbering.toGateway({ type: "played", turn: 3, ms: 1 })).toEqual({ type: "played", turn: 3, ms: 1 });
    expect(numbering.fromGateway({ type: "tool_result", id: "t", ok: true, summary: "", took_ms: 1 })).toMatchObject({ id: "t" });
  });

  it("go on in the next session: turns, words and functions are new ones", () => {
    const numbering = new TurnNumbering();
    numbering.renumberFrame(voice(4));
    numbering.fromGateway(flush(5));
    numbering.fromGateway(said(2));
    numbering.onSessionReplaced();
    const frame = voice(1);
    numbering.renumberFrame(frame);
    expect(readHeader(frame, OUTPUT_SAMPLES)).toMatchObject({ turn: 6, seq: 7, clockMs: 9 });
    expect(numbering.fromGateway(flush(1))).toEqual(flush(6));
    expect(numbering.fromGateway(said(1))).toEqual(said(3));
    expect(numbering.fromGateway({ type: "tool_call", id: "t", name: "n", args: {} })).toMatchObject({ id: "t (1)" });
    expect(numbering.toGateway({ type: "interrupt", turn: 7 })).toEqual({ type: "interrupt", turn: 2 });
  });

  it("of a session that is gone are told to nobody", () => {
    const numbering = new TurnNumbering({ ...FIRST_NUMBERS, turn: 5 });
    numbering.onSessionReplaced();
    expect(numbering.toGateway({ type: "played", turn: 5, ms: 100 })).toBeNull();
    expect(numbering.toGateway({ type: "text", text: "still said" })).toEqual({ type: "text", text: "still said" });
  });

  it("wrap with the wire's 16 bits", () => {
    const numbering = new TurnNumbering({ ...FIRST_NUMBERS, turn: 65_535 });
    numbering.onSessionReplaced();
    expect(numbering.fromGateway(flush(1))).toEqual(flush(0));
    expect(numbering.toGateway({ type: "interrupt", turn: 1 })).toEqual({ type: "interrupt", turn: 2 });
  });

  it("are handed to the page that comes next", () => {
    const before = new TurnNumbering({ ...FIRST_NUMBERS, turn: 9, words: 4 });
    before.onSessionReplaced();
    const after = new TurnNumbering(before.numbers);
    expect(after.fromGateway(said(1))).toEqual(said(5));
    after.onSessionReplaced();
    expect(after.fromGateway(said(1))).toEqual(said(6));
    expect(after.fromGateway(flush(1))).toEqual(flush(10));
  });
});
