import { describe, expect, it } from "vitest";
import { readHeader, writeHeader } from "../../audio/pcm";
import { HEADER_BYTES, OUTPUT_SAMPLES, type ToBrowser } from "../../types";
import { FIRST_NUMBERS, Numbering } from "./turnNumbering";

const said = (id: number): ToBrowser => ({ type: "user_transcript", id, text: "x", final: true });
const flush = (turn: number): ToBrowser => ({ type: "flush", turn, heard_ms: 0 });

function voice(turn: number): ArrayBuffer {
  const frame = new ArrayBuffer(HEADER_BYTES + 2 * OUTPUT_SAMPLES);
  writeHeader(frame, { flags: 0, turn, seq: 7, clockMs: 9 });
  return frame;
}

describe("the numbers of a conversation", () => {
  it("are the gateway's own in its first session", () => {
    const numbering = new Numbering();
    expect(numbering.down(flush(3))).toEqual(flush(3));
    expect(numbering.up({ type: "played", turn: 3, ms: 1 })).toEqual({ type: "played", turn: 3, ms: 1 });
    expect(numbering.down({ type: "tool_result", id: "t", ok: true, summary: "", took_ms: 1 })).toMatchObject({ id: "t" });
  });

  it("go on in the next session: turns, words and functions are new ones", () => {
    const numbering = new Numbering();
    numbering.frame(voice(4));
    numbering.down(flush(5));
    numbering.down(said(2));
    numbering.begin();
    const frame = voice(1);
    numbering.frame(frame);
    expect(readHeader(frame, OUTPUT_SAMPLES)).toMatchObject({ turn: 6, seq: 7, clockMs: 9 });
    expect(numbering.down(flush(1))).toEqual(flush(6));
    expect(numbering.down(said(1))).toEqual(said(3));
    expect(numbering.down({ type: "tool_call", id: "t", name: "n", args: {} })).toMatchObject({ id: "t (1)" });
    expect(numbering.up({ type: "interrupt", turn: 7 })).toEqual({ type: "interrupt", turn: 2 });
  });

  it("of a session that is gone are told to nobody", () => {
    const numbering = new Numbering({ ...FIRST_NUMBERS, turn: 5 });
    numbering.begin();
    expect(numbering.up({ type: "played", turn: 5, ms: 100 })).toBeNull();
    expect(numbering.up({ type: "text", text: "still said" })).toEqual({ type: "text", text: "still said" });
  });

  it("wrap with the wire's 16 bits", () => {
    const numbering = new Numbering({ ...FIRST_NUMBERS, turn: 65_535 });
    numbering.begin();
    expect(numbering.down(flush(1))).toEqual(flush(0));
    expect(numbering.up({ type: "interrupt", turn: 1 })).toEqual({ type: "interrupt", turn: 2 });
  });

  it("are handed to the page that comes next", () => {
    const before = new Numbering({ ...FIRST_NUMBERS, turn: 9, words: 4 });
    before.begin();
    const after = new Numbering(before.numbers);
    expect(after.down(said(1))).toEqual(said(5));
    after.begin();
    expect(after.down(said(1))).toEqual(said(6));
    expect(after.down(flush(1))).toEqual(flush(10));
  });
});
