import { expect, it } from "vitest";
import { Punctuality } from "./busyPage";

/** A timer of 250 ms whose ticks come so late each. */
function ticks(watch: Punctuality, ...lateMs: readonly number[]): number {
  let nowMs = 0;
  watch.onTick(nowMs);
  for (const late of lateMs) watch.onTick((nowMs += 250 + late));
  return nowMs;
}

it("a page whose timers come in time is not busy, and all of its time counts", () => {
  const watch = new Punctuality();
  const nowMs = ticks(watch, 0, 4, 0, 12);
  expect(watch.isBusy(nowMs)).toBe(false);
  expect(watch.quietMs).toBe(1_250);
});

it("a page whose timer came late is busy for a while, and that time does not count", () => {
  const watch = new Punctuality();
  const nowMs = ticks(watch, 0, 800, 0);
  expect(watch.isBusy(nowMs)).toBe(true);
  expect(watch.quietMs).toBe(750);
  const later = nowMs + 3_000;
  for (let tick = nowMs + 250; tick <= later; tick += 250) watch.onTick(tick);
  expect(watch.isBusy(later)).toBe(false);
});

it("a page whose timer does not come at all is busy", () => {
  const watch = new Punctuality();
  const nowMs = ticks(watch, 0);
  expect(watch.isBusy(nowMs + 350)).toBe(false);
  expect(watch.isBusy(nowMs + 600)).toBe(true);
});
