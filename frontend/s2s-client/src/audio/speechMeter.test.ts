import { describe, expect, it } from "vitest";
import { SpeechMeter } from "./speechMeter";

function hear(meter: SpeechMeter, levels: number[], fromMs = 0): void {
  levels.forEach((level, at) => {
    meter.processFrame(level, fromMs + at * 20);
  });
}
const frames = (count: number, level: number) => new Array<number>(count).fill(level);

describe("the speech meter", () => {
  it("knows when the last word ended", () => {
    const meter = new SpeechMeter();
    hear(meter, [...frames(50, 0.001), ...frames(40, 0.1), ...frames(50, 0.001)]);
    expect(meter.lastSpeechMs).toBe(89 * 20);
  });

  it("does not take silence or a click for speech", () => {
    const meter = new SpeechMeter();
    hear(meter, [...frames(50, 0.001), 0.5, 0.5, ...frames(50, 0.001)]);
    expect(meter.lastSpeechMs).toBeNull();
  });

  it("gets used to a noisy room", () => {
    const meter = new SpeechMeter();
    hear(meter, frames(1500, 0.02));
    const before = meter.lastSpeechMs;
    hear(meter, frames(100, 0.02), 30_000);
    expect(meter.lastSpeechMs).toBe(before);
    hear(meter, frames(20, 0.2), 32_000);
    expect(meter.lastSpeechMs).toBe(32_000 + 19 * 20);
  });
});
