import { describe, expect, it } from "vitest";
import type { Robustness } from "../../audio/jitterTarget";
import { type Advice, LossMonitor, type Profile } from "./lossMonitor";

/** A path that loses what the story says; a second is 50 frames each way and one answered ping. */
class Road {
  readonly quality: LossMonitor;
  nowMs = 0;
  micMissing = 0;
  seq = 0;
  readonly profiles: Advice[] = [];

  constructor(public wish: Robustness = "automatic") {
    this.quality = new LossMonitor(() => this.wish);
  }

  /** `lose` says for each copy of frame `at` of a second whether it is lost. */
  seconds(count: number, { up = 0, lose = () => false, voice = true, slow = false, wayMs = () => 20, tripMs = 40 }: Partial<Weather> = {}): Advice {
    for (let second = 0; second < count; second++) {
      const by = this.quality.profile;
      for (let at = 0; at < 50; at++) {
        this.quality.onFrameSent();
        if (!voice) continue;
        const seq = this.seq++ >>> 0;
        if (!lose(at, 0)) this.quality.onFrameReceived(seq, by, wayMs());
        const again = (seq - 3) >>> 0;
        if (by === "twice" && at >= 3 && !lose(at - 3, 1)) this.quality.onFrameReceived(again, by, wayMs() + 60);
        if (by === "twice" && at === 49) [47, 48, 49].forEach((late) => { if (!lose(late, 1)) this.quality.onFrameReceived((seq - 49 + late) >>> 0, by, wayMs() + 60); });
      }
      this.nowMs += 1_000;
      this.micMissing += up;
      this.profiles.push(this.quality.onPong(this.micMissing, slow, this.nowMs, tripMs));
    }
    return this.profiles.at(-1) ?? this.quality.profile;
  }
}

interface Weather {
  /** Microphone frames that never come, each second. */
  up: number;
  lose: (at: number, copy: number) => boolean;
  voice: boolean;
  slow: boolean;
  wayMs: () => number;
  tripMs: number;
}

const ONE_OF_50 = { lose: (at: number, copy: number) => at === 7 + copy };

describe("the quality of a path", () => {
  it("is plain while nothing is lost", () => {
    expect(new Road().seconds(120)).toBe("plain");
  });

  it("is known to lose packets, and not to be slow, where they are lost while the pings are quick", () => {
    const road = new Road();
    road.seconds(1);
    road.seconds(1, { up: 2 });
    expect(road.quality.isLossy(road.nowMs)).toBe(false);
    road.seconds(1, ONE_OF_50);
    expect(road.quality.isLossy(road.nowMs)).toBe(true);
    road.seconds(20);
    expect(road.quality.isLossy(road.nowMs)).toBe(false);
    // What overflows in front of a slow line is lost behind a long queue.
    const slow = new Road();
    slow.seconds(10, { up: 5, slow: true, tripMs: 700 });
    expect(slow.quality.isLossy(slow.nowMs)).toBe(false);
  });

  it("does what the person wishes in mid-call, with the next ping, and judges the path again when it is left to it", () => {
    const road = new Road();
    road.seconds(3);
    road.wish = "robust";
    expect(road.seconds(1)).toBe("twice");
    expect(road.seconds(60)).toBe("twice");
    road.wish = "automatic";
    expect(road.seconds(29)).toBe("twice");
    expect(road.seconds(3)).toBe("plain");
    road.seconds(5, ONE_OF_50);
    expect(road.quality.profile).toBe("twice");
    road.wish = "low-latency";
    expect(road.seconds(1)).toBe("plain");
    expect(road.seconds(20, ONE_OF_50)).toBe("plain");
  });

  it("sends twice within 5 s where one frame of fifty is lost, on the way down or up", () => {
    expect(new Road().seconds(5, ONE_OF_50)).toBe("twice");
    expect(new Road().seconds(5, { up: 1 })).toBe("twice");
    expect(new Road().seconds(5, { up: 1, voice: false })).toBe("twice");
  });

  it("takes the WebSocket at once where the gateway is far and sound is lost: twice would be too much for SCTP", () => {
    expect(new Road().seconds(5, { ...ONE_OF_50, tripMs: 150 })).toBe("socket");
    expect(new Road().seconds(60, { tripMs: 300 })).toBe("plain");
    expect(new Road("low-latency").seconds(20, { ...ONE_OF_50, tripMs: 300 })).toBe("plain");
    const road = new Road();
    road.seconds(4, { tripMs: 40 });
    expect(road.seconds(3, { ...ONE_OF_50, tripMs: 900 })).toBe("twice");
  });

  it("waits for the compressed voice on a slow line before it gives WebRTC up", () => {
    const flooded = { ...ONE_OF_50, up: 5, slow: true, tripMs: 900 };
    expect(new Road().seconds(3, flooded)).toBe("socket");
    const road = new Road();
    expect(road.seconds(1, flooded)).toBe("plain");
    road.quality.onRelief(road.nowMs);
    expect(road.seconds(7, flooded)).toBe("plain");
    expect(road.seconds(60, { tripMs: 60 })).toBe("plain");
    expect(road.quality.avoidsWebRtc(road.nowMs)).toBe(false);
  });

  it("takes the WebSocket where compressing the voice was not enough", () => {
    const road = new Road();
    road.quality.onRelief(road.nowMs);
    expect(road.seconds(12, { ...ONE_OF_50, up: 5, slow: true, tripMs: 900 })).toBe("socket");
  });

  it("blames no network where there is none: on one computer what is lost, late or unsent is that computer's doing", () => {
    const busy = { ...ONE_OF_50, up: 5, slow: true, tripMs: 900 };
    for (const [wish, profile] of [["automatic", "plain"], ["robust", "twice"]] as const) {
      const road = new Road(wish);
      road.quality.isLocal = true;
      expect(road.seconds(60, busy)).toBe(profile);
      expect(road.quality.avoidsWebRtc(road.nowMs)).toBe(false);
    }
  });

  it("does not mind a hiccup, however long the words that it took", () => {
    const road = new Road();
    road.seconds(3);
    road.seconds(1, { up: 9, lose: (at) => at > 20 && at < 30 });
    expect(road.seconds(20)).toBe("plain");
  });

  it("does not take the frames that a new page or turn never had for loss", () => {
    const road = new Road();
    road.seconds(2);
    road.seq += 1_000_000;
    road.seconds(2);
    road.seq = 0xffffffe0;
    expect(road.seconds(10)).toBe("plain");
  });

  it("takes frames that overtook each other for what they are", () => {
    const quality = new LossMonitor(() => "robust");
    for (let seq = 0; seq < 500; seq += 2) [seq + 1, seq, seq + 1, seq].forEach((one) => { quality.onFrameReceived(one, "twice", 0); });
    const road = new Road();
    for (let second = 1; second <= 8; second++) {
      for (let seq = 0; seq < 50; seq += 5) [4, 3, 2, 1, 0].forEach((back) => { road.quality.onFrameReceived(second * 50 + seq + back, "plain", 0); });
      road.quality.onPong(0, false, second * 1_000, 40);
    }
    expect(road.quality.profile).toBe("plain");
  });

  it("goes back after 30 s without a lost copy, and not before", () => {
    const road = new Road();
    road.seconds(5, ONE_OF_50);
    expect(road.seconds(29)).toBe("twice");
    expect(road.seconds(7)).toBe("plain");
  });

  it("stays while copies are lost, although nothing is missing any more", () => {
    const road = new Road();
    road.seconds(5, ONE_OF_50);
    expect(road.seconds(300, ONE_OF_50)).toBe("twice");
  });

  it("believes no silence: a path without voice proves nothing", () => {
    const road = new Road();
    road.seconds(5, ONE_OF_50);
    expect(road.seconds(300, { voice: false })).toBe("twice");
    road.seconds(10);
    expect(road.quality.profile).toBe("plain");
  });

  it("trusts a path that relapses for twice as long each time, at most 4 minutes, and forgives in time", () => {
    const road = new Road();
    const clean: number[] = [];
    const until = (profile: Profile, weather: Partial<Weather>): number => {
      let seconds = 0;
      for (; road.quality.profile !== profile; seconds++) road.seconds(1, weather);
      return seconds;
    };
    for (let relapse = 0; relapse < 6; relapse++) {
      until("twice", ONE_OF_50);
      clean.push(until("plain", {}));
    }
    expect(clean.map((seconds) => Math.round(seconds / 30))).toEqual([1, 2, 4, 8, 8, 8]);
    road.seconds(120);
    road.seconds(5, ONE_OF_50);
    expect(road.seconds(36)).toBe("plain");
  });

  it("changes at most every 30 s in any weather", () => {
    const road = new Road();
    for (let round = 0; round < 200; round++) road.seconds(3, round % 3 === 0 ? ONE_OF_50 : {});
    const changes = road.profiles.filter((profile, at) => at > 0 && profile !== road.profiles[at - 1]);
    expect(changes.length).toBeLessThanOrEqual(600 / 30);
  });

  it("sends nothing twice over a line that is only slow, and advises the WebSocket where losses have slowed it down", () => {
    expect(new Road().seconds(60, { slow: true })).toBe("plain");
    const road = new Road();
    road.seconds(1, { ...ONE_OF_50, slow: true });
    expect(road.seconds(4, { ...ONE_OF_50, slow: true })).toBe("socket");
    const twice = new Road();
    expect(twice.seconds(5, ONE_OF_50)).toBe("twice");
    expect(twice.seconds(1, { slow: true })).toBe("twice");
    expect(twice.seconds(1, { slow: true })).toBe("socket");
  });

  it("begins anew with another link, and does not count what was lost between them", () => {
    const road = new Road();
    road.seconds(3);
    road.micMissing += 200;
    road.seq += 100;
    road.quality.restart();
    expect(road.seconds(10)).toBe("plain");
  });

  it("advises the WebSocket where too much is missing although all goes twice, or late, but not because the page was busy", () => {
    const both = { lose: (at: number) => at === 7 || at === 30 };
    const [missing, late, unheard, busy] = [new Road(), new Road(), new Road(), new Road()];
    missing.seconds(5, both);
    expect(missing.seconds(10, both)).toBe("socket");
    let frames = 0;
    const stalls = () => (frames++ % 100 > 90 ? 900 : 20);
    late.seconds(5, ONE_OF_50);
    expect(late.seconds(10, { lose: (at, copy) => at % 10 === copy, wayMs: stalls })).toBe("socket");
    unheard.seconds(5, { up: 2 });
    expect(unheard.seconds(10, { up: 2 })).toBe("socket");
    busy.seconds(5, ONE_OF_50);
    expect(busy.seconds(10, { wayMs: stalls })).toBe("twice");
    expect(late.quality.avoidsWebRtc(late.nowMs)).toBe(true);
    expect(late.quality.avoidsWebRtc(late.nowMs + 60_000)).toBe(false);
    expect(new Road("low-latency").seconds(20, both)).toBe("plain");
  });

  it("does what the person wishes", () => {
    expect(new Road("low-latency").seconds(10, ONE_OF_50)).toBe("plain");
    expect(new Road("robust").seconds(120)).toBe("twice");
  });
});
