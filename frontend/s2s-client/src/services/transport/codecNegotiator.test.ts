// @vitest-environment jsdom
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { ToBrowser } from "../../types/wire.gen";
import { DataSaver } from "./dataSaver";
import { ReorderBuffer } from "../../audio/opus/reorderBuffer";
import { CodecStage, pong, probed, ready, saving } from "../../testing/codecStage";

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(console, "warn").mockReturnValue();
});

describe("the microphone", () => {
  it("is PCM until the gateway has answered, and again from the frame after the word", async () => {
    const stage = await saving();
    stage.speak(2);
    expect(stage.asked).toEqual([{ type: "wish_codec", codec: "opus", reason: "wished" }]);
    stage.codec("opus");
    stage.speak(2);
    stage.opus.work();
    stage.speak();
    stage.codec("pcm");
    stage.speak(2);
    expect(stage.words).toBe("0p 1p 2o 3o");
    stage.opus.work();
    stage.speak();
    expect(stage.words).toBe("0p 1p 2o 3o 4o 5p 6p 7p");
    expect(stage.told).toEqual(["wished", null]);
  });

  it("loses no word when the encoder breaks: what was not compressed goes as it is, and PCM is asked for", async () => {
    const stage = await saving();
    stage.codec("opus");
    stage.speak(3);
    stage.opus.work(1);
    stage.opus.breaks();
    stage.speak();
    expect(stage.words).toBe("0o 1p 2p 3p");
    expect(stage.asked.map(({ codec }) => codec)).toEqual(["opus", "pcm"]);
    expect(stage.notices.map(({ code }) => code)).toEqual(["opus_failed"]);
    expect(stage.told).toEqual(["wished", null]);
    stage.keeper.onMessage(pong(5_000));
    expect(stage.asked).toHaveLength(2);
  });

  it("does not wait for an encoder that is stuck", async () => {
    const stage = await saving();
    stage.codec("opus");
    for (let n = 0; n < 101; n++) {
      stage.speak();
      await vi.advanceTimersByTimeAsync(20);
    }
    expect(stage.sent.map(({ seq }) => seq)).toEqual([...Array(101).keys()]);
  });

  it("takes 10 s that were kept at once for no fault", async () => {
    const stage = await saving();
    stage.codec("opus");
    stage.speak(500);
    expect(stage.sent).toEqual([]);
    stage.opus.work();
    expect(stage.sent.every(({ opus }) => opus)).toBe(true);
    expect(stage.sent).toHaveLength(500);
    expect(stage.notices).toEqual([]);
  });

  it("is PCM on a new line until that one has answered", async () => {
    const stage = await saving();
    stage.codec("opus");
    stage.keeper.detach();
    stage.join();
    stage.speak();
    stage.keeper.onMessage(ready("opus"));
    expect(stage.asked).toHaveLength(2);
    stage.codec("opus");
    stage.speak();
    stage.opus.work();
    expect(stage.words).toBe("0p 1o");
  });

  it("is not said to be compressed where the next gateway has no Opus", async () => {
    const stage = await saving();
    stage.codec("opus");
    stage.keeper.detach();
    stage.join();
    stage.keeper.onMessage(ready());
    stage.speak();
    expect(stage.told).toEqual(["wished", null]);
    expect(stage.words).toBe("0p");
  });

  it("is measured in time, however small its frames are", async () => {
    const stage = await saving();
    stage.channel.bufferedAmount = 820;
    expect(stage.mic.bufferedAmount).toBe(820);
    stage.codec("opus");
    expect(stage.mic.bufferedAmount).toBeGreaterThan(6_000);
  });
});

describe("nothing is asked for", () => {
  it("where the gateway has no Opus, or is an older one", async () => {
    const stage = new CodecStage("save");
    stage.keeper.onMessage(ready());
    stage.keeper.onMessage({ type: "ready" } as unknown as ToBrowser);
    await probed();
    expect(stage.asked).toEqual([]);
  });

  it("where the browser has none", async () => {
    const stage = new CodecStage("save", false);
    stage.keeper.onMessage(ready("opus"));
    await probed();
    expect(stage.asked).toEqual([]);
  });

  it("where the person wants none, however slow the line is", async () => {
    const stage = await saving("full");
    stage.keeper.onMessage(pong(5_000));
    expect(stage.asked).toEqual([]);
  });

  it("after the gateway could not read a packet", async () => {
    const stage = await saving();
    stage.codec("opus");
    stage.codec("pcm", "fault");
    stage.speak();
    stage.keeper.onMessage(pong(0));
    expect(stage.words).toBe("0p");
    expect(stage.told).toEqual(["wished", null]);
  });
});

describe("a slow network", () => {
  it("is noticed by the voice that waits at the gateway, and by the microphone's frames here", async () => {
    const down = await saving("automatic");
    down.keeper.onMessage(pong(400));
    await probed();
    expect(down.asked).toEqual([]);
    down.keeper.onMessage(pong(400));
    await probed();
    expect(down.asked).toEqual([{ type: "wish_codec", codec: "opus", reason: "backlog" }]);
    // Once, before the browser was asked: until then the connection is kept.
    expect(down.reliefs).toBe(1);
    // The next line begins uncompressed as well.
    down.join();
    down.keeper.onMessage(ready("opus"));
    expect(down.reliefs).toBe(2);
    const up = await saving("automatic");
    up.channel.bufferedAmount = 30_000;
    up.keeper.onMessage(pong(0));
    await probed();
    expect(up.asked.map(({ reason }) => reason)).toEqual(["backlog"]);
  });

  it("is believed when the browser says so", async () => {
    const stage = await saving("automatic");
    stage.hints = { effectiveType: "2g" };
    stage.keeper.onMessage(pong(0));
    await probed();
    expect(stage.asked.map(({ reason }) => reason)).toEqual(["slow-network"]);
    stage.hints = { effectiveType: "4g", downlink: 10 };
    stage.keeper.onMessage(pong(0));
    expect(stage.asked.map(({ codec }) => codec)).toEqual(["opus", "pcm"]);
    const hints = new DataSaver("automatic");
    expect(hints.saving({ downlink: 0.4 })).toBe("slow-network");
    expect(hints.saving({ saveData: true })).toBe("data-saver");
    expect(hints.saving({ effectiveType: "4g", downlink: 1.5 })).toBeNull();
  });

  it("is left when nothing has waited for a minute, and for two where that was too soon", () => {
    const watch = new DataSaver("automatic");
    const minutes = (from: number, to: number) => {
      for (let ms = from * 60_000; ms <= to * 60_000; ms += 2_000) watch.onPong(0, ms);
      return watch.saving({});
    };
    watch.onPong(700, 0);
    expect(minutes(0, 0.9)).toBe("backlog");
    expect(minutes(0.9, 1)).toBeNull();
    watch.onPong(700, 70_000);
    expect(minutes(70 / 60, 2.5)).toBe("backlog");
    expect(minutes(2.5, 3.2)).toBeNull();
  });
});

describe("a line that is too slow from the start", () => {
  it("is given nothing uncompressed from when that is known until the gateway has answered", async () => {
    const stage = new CodecStage();
    stage.keeper.onMessage(ready("opus"));
    expect(stage.keeper.isChanging).toBe(false);
    stage.keeper.onTooSlow();
    expect(stage.keeper.isChanging).toBe(true);
    await probed();
    expect(stage.asked.map(({ reason }) => reason)).toEqual(["backlog"]);
    expect(stage.keeper.isChanging).toBe(true);
    stage.codec("opus");
    expect(stage.keeper.isChanging).toBe(false);
    expect(stage.keeper.isSlow).toBe(true);
    expect(stage.told).toEqual(["backlog"]);
  });

  it("is known to the next link and to the next call, which wait for the codec before the first frame", async () => {
    const stage = new CodecStage();
    stage.keeper.onMessage(ready("opus"));
    stage.keeper.onTooSlow();
    await probed();
    stage.codec("opus");
    stage.keeper.detach();
    stage.join();
    expect(stage.keeper.isChanging).toBe(true);
    const next = new CodecStage();
    expect(next.keeper.isChanging).toBe(true);
    next.keeper.onMessage(ready("opus"));
    await probed();
    next.codec("opus");
    expect(next.keeper.isChanging).toBe(false);
  });

  it.each([
    ["the gateway has no Opus", "automatic", true, []],
    ["the browser has none", "automatic", false, ["opus"]],
    ["the person wants none", "full", true, ["opus"]],
  ] as const)("is waited for in vain nowhere: %s", async (_, use, able, codecs) => {
    const stage = new CodecStage(use, able);
    stage.keeper.onTooSlow();
    stage.keeper.onMessage(ready(...codecs));
    await probed();
    expect(stage.keeper.isChanging).toBe(false);
    expect(stage.asked).toEqual([]);
  });

  it("is not waited for by a browser that never comes to an end with its first packet", async () => {
    const stage = new CodecStage();
    vi.spyOn(stage.opus, "isSupported").mockReturnValue(new Promise(() => undefined));
    stage.keeper.onMessage(ready("opus"));
    stage.keeper.onTooSlow();
    expect(stage.keeper.isChanging).toBe(true);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(stage.keeper.isChanging).toBe(false);
  });
});

describe("frames that come twice and in any order", () => {
  it("are decoded once, in order; what never comes is not waited for beyond the copy of a later one", () => {
    const order = new ReorderBuffer<number>();
    const take = (...seqs: number[]) => seqs.flatMap((seq) => order.pushFrame(seq, seq));
    expect(take(1, 2, 1, 3, 2, 3)).toEqual([1, 2, 3]);
    expect(take(5, 6, 4)).toEqual([4, 5, 6]);
    expect(take(8, 9, 8)).toEqual([8, 9]);
    expect(take(11, 12, 13, 14, 15, 16)).toEqual([11, 12, 13, 14, 15, 16]);
    expect(take(18, 90_000)).toEqual([18, 90_000]);
  });
});
