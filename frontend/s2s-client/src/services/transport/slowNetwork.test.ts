// @vitest-environment jsdom
import { beforeEach, describe, expect, it, vi } from "vitest";
import { CodecStage, pong, probed, ready, saving } from "../../testing/codecStage";

beforeEach(() => {
  vi.useFakeTimers();
});

describe("a slow network is not to blame, and nothing is compressed,", () => {
  /** Two seconds of backlog after another, as a slow network makes it. */
  async function waits(change: (stage: CodecStage) => void, tripMs?: number): Promise<CodecStage> {
    const stage = await saving("automatic");
    change(stage);
    for (let second = 0; second < 4; second++) stage.keeper.onMessage(pong(2_000, tripMs));
    stage.keeper.onTooSlow();
    await probed();
    return stage;
  }

  it("but it is where nothing else explains what waits", async () => {
    expect((await waits(() => undefined)).asked.map(({ reason }) => reason)).toEqual(["backlog"]);
  });

  it("within this computer, whatever waits and whatever the browser believes", async () => {
    const { asked, keeper } = await waits((stage) => {
      stage.path.isLocal = true;
      stage.hints = { effectiveType: "2g", downlink: 0.1, saveData: true };
    });
    expect(asked).toEqual([]);
    expect([keeper.isSlow, keeper.isChanging]).toEqual([false, false]);
  });

  it("on a path that loses packets and is quick", async () => {
    expect((await waits((stage) => { stage.path.lossy = true; })).asked).toEqual([]);
  });

  it("where a ping comes back at once: nothing is full", async () => {
    const stage = await saving("automatic");
    for (let second = 0; second < 4; second++) stage.keeper.onMessage(pong(2_000, 8));
    await probed();
    expect(stage.asked).toEqual([]);
  });

  it("while this page gets too little of a busy computer, but it is once the computer is free", async () => {
    const stage = await saving("automatic");
    await vi.advanceTimersByTimeAsync(1_000);
    // Nothing ran for a second: the timers come late.
    vi.setSystemTime(Date.now() + 1_000);
    const late = vi.spyOn(performance, "now").mockReturnValue(performance.now() + 1_000);
    stage.keeper.onMessage(pong(2_000));
    stage.keeper.onTooSlow();
    expect(stage.asked).toEqual([]);
    late.mockRestore();
    await vi.advanceTimersByTimeAsync(10_000);
    stage.keeper.onMessage(pong(2_000));
    await probed();
    expect(stage.asked.map(({ reason }) => reason)).toEqual(["backlog"]);
  });

  it("but what the person wishes is done anywhere", async () => {
    const stage = new CodecStage("save");
    stage.path.isLocal = true;
    stage.keeper.onMessage(ready("opus"));
    await probed();
    expect(stage.asked.map(({ reason }) => reason)).toEqual(["wished"]);
  });
});
