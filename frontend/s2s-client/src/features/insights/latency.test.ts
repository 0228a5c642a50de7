import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GatewayClock } from "./gatewayClock";
import { LatencyStats } from "./latencyStats";
import { type PartName, percentile, waterfall } from "./waterfall";

const delay = (max: number) => fc.integer({ min: 0, max });

/** What really happened in a turn, as no component sees it: each part's length, and the two clocks. */
const truth = fc.record({
  capture: delay(40),
  up: delay(400),
  model: delay(4_000),
  gateway: delay(50),
  down: delay(400),
  buffer: delay(300),
  /** Gateway's clock minus the page's; the frame's clock is 32 bits and may wrap in mid-turn. */
  offset: fc.oneof(delay(1_000_000), fc.integer({ min: -2_000, max: 2_000 }).map((near) => 2 ** 32 - 1_700_000_000_000 + near)),
  /** Ways there and back of some pings before the answer; the way up of the last one is the way of the voice. */
  pings: fc.array(fc.tuple(delay(400), delay(400)), { maxLength: 5 }),
});

const ASKED = 1_700_000_000_000;

type Truth = typeof truth extends fc.Arbitrary<infer Real> ? Real : never;

function tell(real: Truth) {
  const book = new LatencyStats();
  const ways: [up: number, down: number][] = [...real.pings, [real.up, real.down]];
  ways.forEach(([up, down], at) => {
    const sent = ASKED - 2_000 + at * 100;
    book.onPong(sent, sent + up + down, sent + up + real.offset);
  });
  book.onSpeech(ASKED, ASKED + real.capture);
  const left = ASKED + real.capture + real.up + real.model + real.gateway;
  book.onAudio(7, (left + real.offset) >>> 0, left + real.down);
  const total = left + real.down + real.buffer - ASKED;
  book.onFirstSound(7, ASKED + total, total);
  book.onGatewayLatency({ type: "latency", turn: 7, marks: { first_voice: 3, first_sent: 3 + real.gateway } });
  const wait = book.waits.turns[0];
  if (!wait) throw new Error("nothing was written down");
  return { wait, total };
}

const part = (parts: readonly { name: PartName; ms: number }[], name: PartName) => parts.find((one) => one.name === name)!.ms;

describe("the parts of a waiting time", () => {
  it("are never negative, add up to what was waited, and are true within the error of the clocks", () => {
    fc.assert(
      fc.property(truth, (real) => {
        const { wait, total } = tell(real);
        const { parts, boundMs } = wait;
        expect(parts.every(({ ms }) => ms >= 0)).toBe(true);
        expect(parts.reduce((sum, { ms }) => sum + ms, 0)).toBeCloseTo(total, 6);
        expect(wait.totalMs).toBe(total);
        for (const exact of ["capture", "gateway", "buffer"] as const) expect(part(parts, exact)).toBeCloseTo(real[exact], 6);
        for (const way of ["up", "down"] as const) expect(Math.abs(part(parts, way) - real[way])).toBeLessThanOrEqual(boundMs!);
        expect(Math.abs(part(parts, "model") - real.model)).toBeLessThanOrEqual(2 * boundMs!);
      }),
      { numRuns: 500 },
    );
  });

  it("add up whatever nonsense the clocks tell", () => {
    const any = fc.option(fc.double({ min: -1e7, max: 1e7, noNaN: true }), { nil: null });
    const facts = fc.record({ askedAtMs: delay(10_000), sentAtMs: any, upMs: any, answeredAtMs: any, heldMs: any, arrivedAtMs: any, soundedAtMs: delay(20_000) });
    fc.assert(
      fc.property(facts, (told) => {
        const parts = waterfall(told);
        expect(parts.every(({ ms }) => ms >= 0)).toBe(true);
        expect(parts.reduce((sum, { ms }) => sum + ms, 0)).toBeCloseTo(Math.max(0, told.soundedAtMs - told.askedAtMs), 4);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    { sentAtMs: 5e-324, heldMs: 4.450147717014403e-308, arrivedAtMs: 4.450147717014404e-308 },
    { sentAtMs: 0.1, heldMs: 7, arrivedAtMs: 0.4 },
    { sentAtMs: 0.03, heldMs: 7, arrivedAtMs: 0.29 },
  ])("are not negative by the rounding of fractions either: $sentAtMs, $arrivedAtMs", (told) => {
    const parts = waterfall({ askedAtMs: 0, upMs: null, answeredAtMs: 0, soundedAtMs: 4, ...told });
    expect(parts.filter(({ ms }) => ms < 0)).toEqual([]);
  });

  it("are one part between capture and buffer as long as the clocks were not compared", () => {
    const book = new LatencyStats();
    book.onSpeech(1_000, 1_005);
    book.onAudio(1, 77, 1_600);
    book.onFirstSound(1, 1_700, 700);
    const [wait] = book.waits.turns;
    expect(wait!.boundMs).toBeNull();
    expect(wait!.parts.map(({ ms }) => ms)).toEqual([5, 0, 595, 0, 0, 100]);
  });

  it("begin with the typed line where one was typed, and tell how long functions ran", () => {
    const book = new LatencyStats();
    book.onSpeech(1_000, 1_001);
    book.onTextSent(5_000);
    book.onToolResult(300);
    book.onFirstSound(1, 5_900, 900);
    expect(book.waits.turns[0]).toMatchObject({ typed: true, totalMs: 900, toolsMs: 300 });
    book.onFirstSound(2, 9_000, null);
    expect(book.waits.turns).toHaveLength(1);
  });
});

describe("the clock of the gateway", () => {
  it("is known within half of the quickest round trip, and says so", () => {
    const clock = new GatewayClock();
    expect([clock.toPage(5), clock.boundMs, clock.upMs(5)]).toEqual([null, null, null]);
    clock.onPong(1_000, 1_100, 50_050);
    clock.onPong(2_000, 2_020, 51_010);
    clock.onPong(3_000, 3_090, 52_080);
    expect(clock.toPage(51_010)).toBe(2_010);
    expect([clock.boundMs, clock.bestRoundTripMs]).toEqual([11, 20]);
    // The last ping's way up was the slow one.
    expect(clock.upMs(3_500)).toBe(80);
    clock.reset();
    expect(clock.boundMs).toBeNull();
  });
});

describe("the time until the voice is silent", () => {
  const speaking = () => {
    const book = new LatencyStats();
    book.onSpeech(1_000, 1_000);
    book.onFirstSound(1, 2_000, 1_000);
    return book;
  };
  const silencings = (book: LatencyStats) => book.waits.silencings.map(({ ms, by }) => [ms, by]);

  it("counts from the button, when one was pressed", () => {
    const book = speaking();
    book.onInterrupt(3_000);
    book.onPlaybackEnded("flush", 1, 3_045);
    expect(silencings(book)).toEqual([[45, "button"]]);
  });

  it("counts from the first syllable that was spoken over it", () => {
    const book = speaking();
    for (const atMs of [4_120, 4_140, 4_160]) book.onSpeech(atMs, atMs);
    book.onDucked(4_200);
    book.onPlaybackEnded("flush", 1, 4_400);
    expect(silencings(book)).toEqual([[400, "voice"]]);
  });

  it("does not take its own echo for the person", () => {
    const book = speaking();
    for (let atMs = 2_200; atMs < 6_000; atMs += 20) book.onSpeech(atMs, atMs);
    book.onDucked(5_900);
    book.onPlaybackEnded("flush", 1, 6_100);
    expect(silencings(book)).toEqual([[200, "voice"]]);
  });

  it("is not told of a voice that ended by itself, of silence, or of words from before it", () => {
    const book = speaking();
    book.onPlaybackEnded("end", 1, 5_000);
    book.onPlaybackEnded("flush", 1, 5_100);
    book.onFirstSound(2, 6_000, null);
    book.onPlaybackEnded("flush", 2, 6_500);
    expect(silencings(book)).toEqual([]);
  });
});

it("percentiles are values that occurred", () => {
  expect(percentile([], 0.5)).toBeNull();
  expect([0.5, 0.95].map((share) => percentile([300, 100, 200], share))).toEqual([200, 300]);
  expect(percentile(Array.from({ length: 100 }, (_, at) => at + 1), 0.95)).toBe(95);
});
