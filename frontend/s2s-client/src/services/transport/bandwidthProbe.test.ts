import { describe, expect, it } from "vitest";
import { BandwidthProbe, type Verdict } from "./bandwidthProbe";

/** A line of a rate with a way of 10 ms, and a microphone; a frame of PCM is 783 bytes with all headers. */
class Stage {
  nowMs = 1_000;
  sentFrames = 0;
  mostWaitingMs = 0;
  /** The gateway's stalls: from, to. */
  stalls: readonly (readonly [number, number])[] = [];
  #freeAtMs = 0;
  #lastPing = 0;
  #pongs: { atMs: number; pingMs: number; gatewayMs: number }[] = [];
  readonly trial = new BandwidthProbe(() => {
    const pingMs = (this.#lastPing = Math.max(this.#lastPing + 1, this.nowMs));
    const arrivesMs = this.#sends(120) + 10;
    const stall = this.stalls.find(([from, to]) => arrivesMs >= from && arrivesMs < to);
    const gatewayMs = stall ? stall[1] : arrivesMs;
    this.#pongs.push({ atMs: gatewayMs + 10, pingMs, gatewayMs: 77_000 + Math.round(gatewayMs) });
    return pingMs;
  });

  constructor(
    private readonly kbitS: number,
    private kept = 50,
  ) {}

  /** Runs until the line is judged. */
  verdict(withinMs = 10_000): Verdict | null {
    for (const untilMs = this.nowMs + withinMs; this.nowMs < untilMs && !this.trial.verdict; this.nowMs++) {
      if (this.nowMs % 20 === 0) this.kept++;
      const due = this.#pongs.filter(({ atMs }) => atMs <= this.nowMs);
      this.#pongs = this.#pongs.filter(({ atMs }) => atMs > this.nowMs);
      due.forEach(({ pingMs, gatewayMs }) => {
        this.trial.onPong(pingMs, gatewayMs);
      });
      this.#speaks();
    }
    return this.trial.verdict;
  }

  #speaks(): void {
    while (this.kept > 0 && !this.trial.verdict && this.trial.admits()) {
      this.kept--;
      this.sentFrames++;
      this.mostWaitingMs = Math.max(this.mostWaitingMs, this.#sends(783) - this.nowMs);
      this.trial.onFrameSent();
    }
  }

  #sends(bytes: number): number {
    return (this.#freeAtMs = Math.max(this.#freeAtMs, this.nowMs) + (8 * bytes) / this.kbitS);
  }
}

describe("a new line", () => {
  it("that is fast is known to be so after one round trip, with the second of speech that was kept", () => {
    const stage = new Stage(20_000);
    expect(stage.verdict()).toBe("roomy");
    expect(stage.nowMs - 1_000).toBeLessThan(60);
  });

  it.each([100, 200, 250])("of %i kbit/s is found too slow, and never has more than a round in front of it", (kbitS) => {
    const stage = new Stage(kbitS);
    expect(stage.verdict()).toBe("slow");
    expect(stage.sentFrames).toBeLessThanOrEqual(3 * 12);
    expect(stage.mostWaitingMs).toBeLessThan((13 * 783 * 8) / kbitS);
  });

  it("that is slow is found so by live speech alone, too", () => {
    const stage = new Stage(200, 0);
    expect(stage.verdict()).toBe("slow");
    expect(stage.nowMs - 1_000).toBeLessThan(1_500);
  });

  it("of 400 kbit/s carries the voice, but nothing beside it", () => {
    expect(new Stage(400).verdict()).toBe("carries");
  });

  it("has room where live speech waits for nothing", () => {
    expect(new Stage(20_000, 0).verdict()).toBe("roomy");
  });

  it("is not slow because the gateway stands still now and then, or this page does", () => {
    const busy = new Stage(20_000);
    busy.stalls = [1_010, 1_700, 2_400].map((fromMs) => [fromMs, fromMs + 500] as const);
    expect(busy.verdict()).not.toBe("slow");
    const late = new Stage(20_000, 5);
    for (let n = 0; n < 6 && !late.verdict(130); n++) late.nowMs += 400;
    expect(late.trial.verdict).not.toBe("slow");
  });

  it("is waited for where a pong is late, and what was kept goes on then", () => {
    const stage = new Stage(20_000);
    stage.stalls = [[1_000, 5_000]];
    expect(stage.verdict(3_000)).toBeNull();
    expect(stage.sentFrames).toBe(12);
    expect(stage.verdict()).toBe("roomy");
  });
});
