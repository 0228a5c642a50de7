import { describe, expect, test } from "vitest";
import type { FromPlayback } from "../../src/audio/workletProtocol";
import { PlaybackPosition } from "../../src/state/playbackPosition";

/** Reports as `[kind, ms, atMs]` of one turn; gives the ms of those that are told. */
function told(...reports: [FromPlayback["kind"], number, number][]): number[] {
  const pace = new PlaybackPosition();
  return reports.filter(([kind, ms, atMs]) => pace.isDue({ kind, turn: 7, ms, atMs })).map(([, ms]) => ms);
}

describe("what the gateway is told of the loudspeaker", () => {
  test("a voice that flows is told of three times a second, its beginning and its end always", () => {
    const flowing = [100, 200, 300, 400, 500, 600, 700].map((ms): [FromPlayback["kind"], number, number] => ["progress", ms, 5_000 + ms]);
    expect(told(["first", 0, 5_000], ...flowing, ["end", 740, 5_740])).toEqual([0, 300, 600, 740]);
  });

  test("a voice that halted is told of at once, then the gateway counts on from there", () => {
    expect(told(["first", 0, 0], ["progress", 100, 100], ["progress", 200, 350], ["progress", 300, 450])).toEqual([0, 200]);
  });

  test("a voice that left out silence is ahead, and that is told at once", () => {
    expect(told(["first", 0, 0], ["progress", 100, 20])).toEqual([0, 100]);
  });

  test("the pieces in which a device plays are no halt", () => {
    expect(told(["first", 0, 0], ["progress", 100, 60], ["progress", 200, 240])).toEqual([0]);
  });

  test("a cut is told exactly, whenever it comes", () => {
    expect(told(["first", 0, 0], ["progress", 100, 100], ["flush", 117, 117])).toEqual([0, 117]);
  });

  test("another turn begins its own count", () => {
    const pace = new PlaybackPosition();
    pace.isDue({ kind: "progress", turn: 1, ms: 900, atMs: 900 });
    expect(pace.isDue({ kind: "progress", turn: 2, ms: 100, atMs: 1_000 })).toBe(true);
  });

  test("what was heard is known in between, also of reports that are not told", () => {
    const heard = new PlaybackPosition();
    expect(heard.positionAt(0)).toBeNull();
    heard.isDue({ kind: "first", turn: 3, ms: 0, atMs: 1_000 });
    heard.isDue({ kind: "progress", turn: 3, ms: 100, atMs: 1_100 });
    expect([heard.reportedMs(3), heard.reportedMs(4)]).toEqual([100, 0]);
    expect(heard.positionAt(1_130)).toEqual({ turn: 3, ms: 130 });
    expect(heard.positionAt(9_000)).toEqual({ turn: 3, ms: 200 });
  });
});
