import { describe, expect, it } from "vitest";
import { Backoff } from "./backoff";

const waits = (patience: Backoff, count: number) => Array.from({ length: count }, () => patience.nextDelayMs());

describe("the patience of a page that tries again", () => {
  it("grows to 4 s", () => {
    expect(waits(new Backoff(() => 0.5), 6)).toEqual([200, 500, 1_000, 2_000, 4_000, 4_000]);
  });

  it("differs from page to page, by a quarter at most, but for the first try", () => {
    expect(waits(new Backoff(() => 0), 3)).toEqual([200, 375, 750]);
    expect(waits(new Backoff(() => 1), 3)).toEqual([200, 625, 1_250]);
  });

  it("is not used up by a link that lasted, but by those that die again and again", () => {
    const patience = new Backoff(() => 0.5);
    const first: number[] = [];
    for (let loss = 0; loss < 5; loss++) {
      patience.onConnectionLost(false);
      first.push(patience.nextDelayMs());
    }
    expect(first).toEqual([200, 200, 500, 1_000, 2_000]);
    patience.onConnectionLost(true);
    expect(patience.nextDelayMs()).toBe(200);
  });
});
