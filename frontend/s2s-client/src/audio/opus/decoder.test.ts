import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readHeader, readSamples, writeHeader, writeSamples } from "../pcm";
import { FLAG_LAST_OF_TURN, FLAG_OPUS, FLAG_OPUS_TAIL, HEADER_BYTES, OPUS_LOOKAHEAD_SAMPLES, OUTPUT_SAMPLES } from "../../types/wire.gen";
import { FakeOpus, sampleAt } from "../../testing/opusStage";
import { VoiceDecoder } from "./decoder";

/** A gateway that writes as `s2s/transport/opus_codec.py` does, and what the page hears of it. */
class Stage {
  readonly opus = new FakeOpus();
  readonly heard = new Map<number, number[]>();
  readonly order: number[] = [];
  readonly faults: string[] = [];
  readonly decoder = new VoiceDecoder(
    this.opus,
    (frame) => {
      const header = readHeader(frame, OUTPUT_SAMPLES);
      if (!header) throw new Error("a frame that the page would not read");
      this.order.push(header.seq);
      this.heard.set(header.turn, [...(this.heard.get(header.turn) ?? []), ...readSamples(frame)]);
    },
    (why) => this.faults.push(why),
  );
  #seq = 0;
  #at = 0;
  #turn = -1;
  #running = false;

  /** The next 20 ms of the turn. */
  frame(turn: number, codec: "pcm" | "opus", { last = false, lost = false } = {}): void {
    if (turn !== this.#turn) this.#at = 0;
    if (turn !== this.#turn) this.#running = false;
    this.#turn = turn;
    const compressed = codec === "opus" || this.#running;
    const tail = compressed && (last || codec === "pcm");
    this.#running = compressed && !tail;
    const frame = compressed ? opusFrame(this.#at, tail) : pcmFrame(this.#at);
    const flags = (compressed ? FLAG_OPUS : 0) | (tail ? FLAG_OPUS_TAIL : 0) | (last ? FLAG_LAST_OF_TURN : 0);
    writeHeader(frame, { flags, turn, seq: this.#seq++, clockMs: 0 });
    this.#at += OUTPUT_SAMPLES;
    if (!lost) this.decoder.pushFrame(frame);
  }
}

function pcmFrame(at: number): ArrayBuffer {
  const frame = new ArrayBuffer(HEADER_BYTES + 2 * OUTPUT_SAMPLES);
  writeSamples(frame, Float32Array.from({ length: OUTPUT_SAMPLES }, (_, n) => sampleAt(at + n)));
  return frame;
}

function opusFrame(at: number, tail: boolean): ArrayBuffer {
  const frame = new ArrayBuffer(HEADER_BYTES + (tail ? 18 : 8));
  const view = new DataView(frame, HEADER_BYTES);
  if (tail) view.setUint16(0, 8);
  view.setFloat64(tail ? 2 : 0, at);
  if (tail) view.setFloat64(10, NaN);
  return frame;
}

const voice = (frames: number) => Array.from({ length: frames * OUTPUT_SAMPLES }, (_, at) => sampleAt(at));

describe("voice that comes as Opus", () => {
  it("has every sample in its place, also where Opus begins and ends in mid-answer", () => {
    const stage = new Stage();
    for (let n = 0; n < 12; n++) {
      stage.frame(1, n >= 3 && n < 8 ? "opus" : "pcm", { last: n === 11 });
      if (n % 2) stage.opus.work();
    }
    stage.opus.work();
    expect(stage.heard.get(1)).toEqual(voice(12));
    expect(stage.order).toEqual([...Array(12).keys()]);
  });

  it("passes PCM on untouched, at once", () => {
    const stage = new Stage();
    stage.frame(1, "pcm");
    expect(stage.heard.get(1)).toEqual(voice(1));
    expect(stage.opus.decoders).toBe(0);
  });

  it("begins each answer with a decoder that remembers nothing of the one that was cut", () => {
    const stage = new Stage();
    for (let n = 0; n < 4; n++) stage.frame(1, "opus");
    for (let n = 0; n < 4; n++) stage.frame(2, "opus", { last: n === 3 });
    stage.opus.work();
    expect(stage.opus.decoders).toBe(2);
    expect(stage.heard.get(2)).toEqual(voice(4));
  });

  it("is as long as the voice whatever is switched, cut or lost", () => {
    const frames = fc.array(fc.record({ opus: fc.boolean(), lost: fc.boolean(), works: fc.nat(3) }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(frames, (steps) => {
        const stage = new Stage();
        let came = 0;
        steps.forEach(({ opus, lost, works }, at) => {
          const last = at === steps.length - 1;
          stage.frame(7, opus ? "opus" : "pcm", { last, lost: lost && !last });
          came += lost && !last ? 0 : 1;
          stage.opus.work(works);
        });
        stage.opus.work();
        // The playout conceals each lost frame with 20 ms.
        expect(stage.heard.get(7)).toHaveLength(came * OUTPUT_SAMPLES);
        expect(stage.order).toEqual([...stage.order].sort((a, b) => a - b));
      }),
    );
  });

  it("moves nothing that follows a lost frame", () => {
    const stage = new Stage();
    for (let n = 0; n < 6; n++) stage.frame(1, "opus", { lost: n === 2, last: n === 5 });
    stage.opus.work();
    const all = voice(6);
    const hole = 3 * OUTPUT_SAMPLES - OPUS_LOOKAHEAD_SAMPLES;
    const expected = [...all.slice(0, hole - OUTPUT_SAMPLES), ...all.slice(hole)];
    // The fake decoder remembers the frame before the hole; a real one sounds on from there.
    const heard = stage.heard.get(1) ?? [];
    expect(heard).toHaveLength(expected.length);
    expect(heard.slice(hole - OUTPUT_SAMPLES + OPUS_LOOKAHEAD_SAMPLES)).toEqual(expected.slice(hole - OUTPUT_SAMPLES + OPUS_LOOKAHEAD_SAMPLES));
  });

  it("goes on as PCM when the decoder breaks, and says so once", () => {
    const stage = new Stage();
    stage.frame(1, "opus");
    stage.frame(1, "opus");
    stage.opus.work(1);
    stage.opus.breaks();
    stage.frame(2, "pcm");
    expect(stage.faults).toEqual(["it broke"]);
    expect(stage.heard.get(2)).toEqual(voice(1));
    expect(stage.order).toEqual([0, 2]);
  });

  it("takes a broken tail for a fault", () => {
    const stage = new Stage();
    const frame = new ArrayBuffer(HEADER_BYTES + 3);
    writeHeader(frame, { flags: FLAG_OPUS | FLAG_OPUS_TAIL, turn: 1, seq: 0, clockMs: 0 });
    stage.decoder.pushFrame(frame);
    expect(stage.faults).toHaveLength(1);
    stage.frame(2, "pcm");
    expect(stage.order).toHaveLength(1);
  });
});
