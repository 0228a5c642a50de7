import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Profile } from "./lossMonitor";
import { AudioChannels } from "./audioChannels";

/** A data channel in the hand of the story. What was sent stays in `sent`. */
class Channel {
  readyState = "connecting";
  bufferedAmount = 0;
  binaryType = "blob";
  readonly sent: number[] = [];
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onmessage: ((event: { data: ArrayBuffer }) => void) | null = null;

  constructor(
    readonly label: string,
    readonly init: RTCDataChannelInit,
  ) {}
  send(frame: ArrayBuffer): void {
    if (this.readyState !== "open") throw new DOMException("not open", "InvalidStateError");
    this.sent.push(new DataView(frame).getUint32(0));
  }
  open(): void {
    this.readyState = "open";
    this.onopen?.();
  }
  close(): void {
    this.readyState = "closed";
  }
}

class Stage {
  readonly channels: Channel[] = [];
  readonly told: (Profile | "open")[] = [];
  readonly came: [number, Profile][] = [];
  readonly voice: AudioChannels;
  #frames = 0;

  constructor(profile: Profile = "plain") {
    const peer = {
      createDataChannel: (label: string, init: RTCDataChannelInit = {}) => {
        const channel = new Channel(label, init);
        this.channels.push(channel);
        return channel as unknown as RTCDataChannel;
      },
    };
    this.voice = new AudioChannels(peer, profile, {
      onOpen: () => this.told.push("open"),
      onFrame: (frame, by) => this.came.push([new DataView(frame).getUint32(0), by]),
      onProfile: (now) => this.told.push(now),
    });
  }
  get newest(): Channel {
    const channel = this.channels.at(-1);
    if (!channel) throw new Error("no channel");
    return channel;
  }
  speak(frames = 1): void {
    for (let n = 0; n < frames; n++) this.voice.send(numbered(this.#frames++));
  }
  get spoken(): number {
    return this.#frames;
  }
}

function numbered(number: number): ArrayBuffer {
  const frame = new ArrayBuffer(4);
  new DataView(frame).setUint32(0, number);
  return frame;
}

describe("the audio channels", () => {
  it("begin with the document's one", () => {
    const stage = new Stage();
    expect(stage.newest).toMatchObject({ label: "audio", init: { ordered: true, maxRetransmits: 0 }, binaryType: "arraybuffer" });
    stage.newest.open();
    stage.speak(3);
    expect(stage.newest.sent).toEqual([0, 1, 2]);
    expect(stage.told).toEqual(["open"]);
  });

  it("send each frame again three frames later, from the last three before the change on", () => {
    const stage = new Stage();
    stage.newest.open();
    stage.speak(5);
    stage.voice.useProfile("twice");
    stage.speak(1);
    const [plain, twice] = stage.channels;
    expect(twice?.init).toEqual({ ordered: false, maxRetransmits: 0, protocol: "twice" });
    twice?.open();
    stage.speak(4);
    expect(plain?.sent).toEqual([0, 1, 2, 3, 4, 5]);
    expect(twice?.sent).toEqual([6, 3, 7, 4, 8, 5, 9, 6]);
    expect(stage.told).toEqual(["open", "twice"]);
  });

  it("owe nothing when they change back, and when a sentence ends", () => {
    const stage = new Stage("twice");
    stage.newest.open();
    stage.speak(2);
    stage.voice.pause();
    expect(stage.newest.sent).toEqual([0, 1, 0, 1]);
    stage.speak(3);
    stage.voice.useProfile("plain");
    stage.newest.open();
    stage.speak(1);
    expect(stage.newest.sent).toEqual([2, 3, 4, 5]);
  });

  it("still hear the channel that was left, and close it two pings later", () => {
    const stage = new Stage();
    stage.newest.open();
    stage.voice.useProfile("twice");
    stage.newest.open();
    const [plain, twice] = stage.channels;
    plain?.onmessage?.({ data: numbered(7) });
    twice?.onmessage?.({ data: numbered(8) });
    expect(stage.came).toEqual([[7, "plain"], [8, "twice"]]);
    stage.voice.onPong();
    expect(plain?.readyState).toBe("open");
    stage.voice.onPong();
    expect(plain?.readyState).toBe("closed");
    expect(twice?.readyState).toBe("open");
  });

  it("ask for one channel at a time, and again where it did not open", () => {
    const stage = new Stage();
    stage.voice.useProfile("twice");
    expect(stage.channels).toHaveLength(1);
    stage.newest.open();
    stage.voice.useProfile("twice");
    stage.voice.useProfile("twice");
    expect(stage.channels).toHaveLength(2);
    stage.newest.onclose?.();
    stage.voice.useProfile("twice");
    expect(stage.channels).toHaveLength(3);
  });

  it("repeat nothing on a line that is too slow for one copy", () => {
    const stage = new Stage("twice");
    stage.newest.open();
    stage.newest.bufferedAmount = 50_000;
    stage.speak(6);
    expect(stage.newest.sent).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("send every frame once or twice, first in order, whatever changes when", () => {
    const step = fc.constantFrom("speak", "twice", "plain", "open", "pong", "pause");
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const stage = new Stage();
        stage.newest.open();
        for (const one of steps) {
          if (one === "speak") stage.speak();
          else if (one === "pong") stage.voice.onPong();
          else if (one === "pause") stage.voice.pause();
          else if (one !== "open") stage.voice.useProfile(one);
          else if (stage.newest.readyState === "connecting") stage.newest.open();
        }
        const sent = stage.channels.map((channel) => channel.sent);
        const all = sent.flat();
        const times = Array.from({ length: stage.spoken }, (_, n) => all.filter((number) => number === n).length);
        expect(times.every((count) => count === 1 || count === 2)).toBe(true);
        expect(stage.channels.filter(({ readyState }) => readyState === "open").length).toBeLessThan(8);
        // New frames keep their order, within a channel and from one to the next.
        const seen = new Set<number>();
        const firsts = all.filter((number) => !seen.has(number) && seen.add(number));
        expect(firsts).toEqual([...firsts].sort((a, b) => a - b));
      }),
    );
  });
});
