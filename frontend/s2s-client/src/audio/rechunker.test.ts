import { describe, expect, it } from "vitest";
import { Rechunker } from "./rechunker";

describe("sound in pieces of one length", () => {
  it("loses nothing and keeps the order, whatever the portions it comes in", () => {
    const told: number[][] = [];
    const pieces = new Rechunker(4, (piece) => told.push([...piece]));
    for (const portion of [[1], [2, 3], [4, 5, 6, 7, 8, 9], [10, 11], []]) pieces.pushSamples(Float32Array.from(portion));
    expect(told).toEqual([[1, 2, 3, 4], [5, 6, 7, 8]]);
    pieces.pushSamples(Float32Array.of(12));
    expect(told[2]).toEqual([9, 10, 11, 12]);
  });
});
