import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { FRAME_EVERY_MS, FramePacer } from "./framePacer";

beforeEach(() => { vi.useFakeTimers(); });
afterEach(() => { vi.useRealTimers(); });

function watch() {
  const waiting: ((goOn: boolean) => void)[] = [];
  const events = {
    frame: vi.fn(() => new Promise<boolean>((resolve) => waiting.push(resolve))),
    onEnd: vi.fn(),
  };
  const arrive = async (goOn = true) => {
    waiting.shift()?.(goOn);
    await vi.advanceTimersByTimeAsync(0);
  };
  return { events, arrive, watcher: new FramePacer(events) };
}

it("takes one frame a second", async () => {
  const { events, arrive, watcher } = watch();
  for (let second = 1; second <= 3; second++) {
    await vi.advanceTimersByTimeAsync(FRAME_EVERY_MS);
    expect(events.frame).toHaveBeenCalledTimes(second);
    await arrive();
  }
  watcher.stop();
});

it("takes no frame while the one before is on its way, and keeps none for later", async () => {
  const { events, arrive, watcher } = watch();
  await vi.advanceTimersByTimeAsync(5 * FRAME_EVERY_MS);
  expect(events.frame).toHaveBeenCalledTimes(1);
  expect(watcher.missed).toBe(4);
  await arrive();
  expect(events.frame).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(FRAME_EVERY_MS);
  expect(events.frame).toHaveBeenCalledTimes(2);
  watcher.stop();
});

it("ends when frames are refused for good, and says so once", async () => {
  const { events, arrive } = watch();
  await vi.advanceTimersByTimeAsync(FRAME_EVERY_MS);
  await arrive(false);
  await vi.advanceTimersByTimeAsync(5 * FRAME_EVERY_MS);
  expect(events.frame).toHaveBeenCalledTimes(1);
  expect(events.onEnd).toHaveBeenCalledTimes(1);
});

it("says nothing more after it was stopped", async () => {
  const { events, arrive, watcher } = watch();
  await vi.advanceTimersByTimeAsync(FRAME_EVERY_MS);
  watcher.stop();
  await arrive(false);
  await vi.advanceTimersByTimeAsync(5 * FRAME_EVERY_MS);
  expect(events.frame).toHaveBeenCalledTimes(1);
  expect(events.onEnd).not.toHaveBeenCalled();
});
