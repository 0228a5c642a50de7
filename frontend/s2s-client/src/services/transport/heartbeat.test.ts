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

function heart(answered: (ping: number) => boolean) {
  const told = { pings: 0, doubts: 0, silences: [] as string[] };
  const heartbeat: Heartbeat = new Heartbeat({
    ping: () => {
      told.pings++;
      if (answered(told.pings)) heartbeat.onPong();
    },
    onDoubt: () => told.doubts++,
    onSilence: (why) => told.silences.push(why),
  });
  heartbeat.start();
  return { heartbeat, told };
}

describe("the heartbeat", () => {
  it("pings every second while it is answered", () => {
    const { told } = heart(() => true);
    vi.advanceTimersByTime(60_000);
    expect(told).toEqual({ pings: 60, doubts: 0, silences: [] });
  });

  it("doubts at the first unanswered ping, and says once that nobody answers, after 6 s", () => {
    const { told } = heart((ping) => ping <= 10);
    vi.advanceTimersByTime(12_000);
    expect(told).toEqual({ pings: 12, doubts: 1, silences: [] });
    vi.advanceTimersByTime(60_000);
    expect(told).toEqual({ pings: 16, doubts: 1, silences: ["pings stay unanswered"] });
  });

  it("waits for 12 s where the answers may be behind voice that still comes, as on a slow line", () => {
    const { heartbeat, told } = heart((ping) => ping <= 1);
    for (let ms = 0; ms < 11_500; ms += 100) {
      heartbeat.onAudio();
      vi.advanceTimersByTime(100);
    }
    expect(told.silences).toEqual([]);
    vi.advanceTimersByTime(3_000);
    expect(told.silences).toEqual(["pings stay unanswered"]);
  });

  it("knows from a jump of the clock that the machine has slept", () => {
    const { told } = heart(() => true);
    vi.advanceTimersByTime(3_000);
    vi.setSystemTime(Date.now() + 600_000);
    vi.advanceTimersByTime(1_000);
    expect(told.silences).toEqual(["the machine has slept"]);
  });

  it("knows it also when the microphone wakes first", () => {
    const { told, heartbeat } = heart(() => true);
    vi.setSystemTime(Date.now() + 600_000);
    heartbeat.onActivity();
    vi.advanceTimersByTime(5_000);
    expect(told.silences).toEqual(["the machine has slept"]);
  });

  it("takes resting timers for no sleep while the microphone goes on", () => {
    const { told, heartbeat } = heart(() => true);
    for (let s = 0; s < 60; s++) {
      vi.setSystemTime(Date.now() + 1_000);
      heartbeat.onActivity();
    }
    vi.advanceTimersByTime(1_000);
    expect(told.silences).toEqual([]);
  });

  it("is quiet after it was stopped, and begins anew", () => {
    const { told, heartbeat } = heart(() => false);
    vi.advanceTimersByTime(3_000);
    heartbeat.stop();
    vi.advanceTimersByTime(60_000);
    expect(told.pings).toBe(3);
    heartbeat.start();
    vi.advanceTimersByTime(5_000);
    expect(told.silences).toEqual([]);
  });
});
