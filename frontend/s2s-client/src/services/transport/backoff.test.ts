import { describe, expect, it } from "vitest";
import { Patience } from "./backoff";

const waits = (patience: Patience, count: number) => Array.from({ length: count }, () => patience.next());

describe("the patience of a page that tries again", () => {
  it("grows to 4 s", () => {
    expect(waits(new Patience(() => 0.5), 6)).toEqual([200, 500, 1_000, 2_000, 4_000, 4_000]);
  });

  it("differs from page to page, by a quarter at most, but for the first try", () => {
    expect(waits(new Patience(() => 0), 3)).toEqual([200, 375, 750]);
    expect(waits(new Patience(() => 1), 3)).toEqual([200, 625, 1_250]);
  });

  it("is not used up by a link that lasted, but by those that die again and again", () => {
    const patience = new Patience(() => 0.5);
    const first: number[] = [];
    for (let loss = 0; loss < 5; loss++) {
      patience.lost(false);
      first.push(patience.next());
    }
    expect(first).toEqual([200, 200, 500, 1_000, 2_000]);
    patience.lost(true);
    expect(patience.next()).toBe(200);
  });
});
