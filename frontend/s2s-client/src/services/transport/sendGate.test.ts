import { describe, expect, it } from "vitest";
import type { ToBrowser } from "../../types/wire.gen";
import { SendGate } from "./sendGate";

class Stage {
  readonly spare: boolean[] = [];
  readonly codec = {
    isChanging: false,
    isSlow: false,
    onTooSlow: () => {
      this.codec.isSlow = this.codec.isChanging = true;
    },
  };
  nowMs = 0;
  #pings = 0;
  readonly gate = new SendGate(
    this.codec,
    () => ++this.#pings,
    (spare) => this.spare.push(spare),
  );

  /** A round of frames that was on its way for so long; each comes 20 ms after the one before, or all at once. */
  round(tookMs: number): void {
    while (this.gate.admits()) this.gate.onFrameSent();
    this.#pong(this.#pings - 1, 1_000);
    this.#pong(this.#pings, 1_000 + tookMs);
  }

  /** The heartbeat's, each second, once the line is judged. */
  beats(count: number, tripMs: number): void {
    for (let n = 0; n < count; n++) {
      this.nowMs += 1_000;
      this.#pong(this.nowMs - tripMs, 0);
    }
  }

  codecIs(codec: "pcm" | "opus"): void {
    this.codec.isChanging = false;
    this.gate.onMessage({ type: "codec", codec, reason: "wished" }, this.nowMs);
  }

  #pong(ms: number, gateway_ms: number): void {
    const pong: ToBrowser = { type: "pong", ms, gateway_ms, mic_missing: 0 };
    this.gate.onMessage(pong, this.nowMs);
  }
}

describe("what is loaded beside a call", () => {
  it("is loaded after one round trip where the line is fast", () => {
    const stage = new Stage();
    stage.round(10);
    expect(stage.spare).toEqual([true]);
  });

  it("is not loaded while the line is slow, nor the voice sent before it is compressed, but later where it has become better", () => {
    const stage = new Stage();
    for (let n = 0; n < 3; n++) stage.round(380);
    expect(stage.spare).toEqual([false]);
    expect(stage.gate.admits()).toBe(false);
    stage.codecIs("opus");
    expect(stage.gate.admits()).toBe(true);
    stage.beats(60, 40);
    expect(stage.spare).toEqual([false]);
    stage.codec.isSlow = false;
    stage.codecIs("pcm");
    stage.round(10);
    expect(stage.spare).toEqual([false, true]);
  });

  it("waits for 8 s without a late ping where the line carries the voice and little more", () => {
    const stage = new Stage();
    for (let n = 0; n < 4; n++) stage.round(180);
    stage.beats(7, 40);
    expect(stage.spare).toEqual([]);
    stage.beats(1, 40);
    expect(stage.spare).toEqual([true]);
  });

  it("is broken off when pings wait behind it, and tried again when they do not", () => {
    const stage = new Stage();
    stage.round(10);
    stage.beats(1, 40);
    stage.beats(1, 500);
    stage.beats(1, 40);
    expect(stage.spare).toEqual([true]);
    stage.beats(2, 500);
    expect(stage.spare).toEqual([true, false]);
    stage.beats(8, 40);
    expect(stage.spare).toEqual([true, false, true]);
  });
});
