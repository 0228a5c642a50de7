import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Heartbeat } from "./heartbeat";

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("window", globalThis);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("the heartbeat", () => {
  it("pings every two seconds while it is answered", () => {
    const silence = vi.fn();
    let pings = 0;
    const heart: Heartbeat = new Heartbeat(() => {
      pings++;
      heart.answered();
    }, silence);
    heart.start();
    vi.advanceTimersByTime(60_000);
    expect(pings).toBe(30);
    expect(silence).not.toHaveBeenCalled();
  });

  it("says once that nobody answers, after three pings", () => {
    const ping = vi.fn();
    const silence = vi.fn();
    const heart = new Heartbeat(ping, silence);
    heart.start();
    vi.advanceTimersByTime(60_000);
    expect(ping).toHaveBeenCalledTimes(3);
    expect(silence).toHaveBeenCalledOnce();
  });

  it("is quiet after it was stopped", () => {
    const ping = vi.fn();
    const heart = new Heartbeat(ping, vi.fn());
    heart.start();
    heart.stop();
    vi.advanceTimersByTime(10_000);
    expect(ping).not.toHaveBeenCalled();
  });
});
