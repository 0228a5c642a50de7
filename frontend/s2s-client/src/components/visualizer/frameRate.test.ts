import { describe, expect, it } from "vitest";
import { FrameRateMonitor } from "./frameRate";

/** Draws for so many seconds; each `late`-th picture comes 33 ms after the one before it, the others after 17. */
function draw(pace: FrameRateMonitor, clock: { ms: number }, seconds: number, late: number): void {
  const endMs = clock.ms + 1000 * seconds;
  for (let picture = 1; clock.ms < endMs; picture++) {
    clock.ms += picture % late === 0 ? 33 : 17;
    pace.recordFrame(clock.ms);
  }
}

describe("the pace of drawing", () => {
  it("leaves all detail to a machine that keeps up, also where now and then a picture is late", () => {
    const pace = new FrameRateMonitor();
    draw(pace, { ms: 0 }, 60, 20);
    expect(pace.plain).toBe(false);
  });

  it("takes detail away where many pictures are late, and gives it back after ten good seconds", () => {
    const [pace, clock] = [new FrameRateMonitor(), { ms: 0 }];
    draw(pace, clock, 5, 3);
    expect(pace.plain).toBe(true);
    draw(pace, clock, 8, Infinity);
    expect(pace.plain).toBe(true);
    draw(pace, clock, 8, Infinity);
    expect(pace.plain).toBe(false);
  });

  it("waits longer for each next try", () => {
    const [pace, clock] = [new FrameRateMonitor(), { ms: 0 }];
    draw(pace, clock, 5, 3);
    draw(pace, clock, 16, Infinity);
    draw(pace, clock, 5, 3);
    draw(pace, clock, 16, Infinity);
    expect(pace.plain).toBe(true);
    draw(pace, clock, 12, Infinity);
    expect(pace.plain).toBe(false);
  });

  it("takes a hidden page not for a slow one", () => {
    const pace = new FrameRateMonitor();
    for (let picture = 0; picture < 500; picture++) pace.recordFrame(5_000 * picture);
    expect(pace.plain).toBe(false);
  });
});
