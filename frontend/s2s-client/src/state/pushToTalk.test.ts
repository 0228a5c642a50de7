import { beforeEach, describe, expect, it } from "vitest";
import { PushToTalk } from "./pushToTalk";

let told: (string | number)[];
let ptt: PushToTalk;
let spoken: number;

/** The microphone's next frames, numbered from 1. */
function speak(frames: number): void {
  for (let n = 0; n < frames; n++) ptt.processFrame(Uint32Array.of(++spoken).buffer);
}

beforeEach(() => {
  told = [];
  spoken = 0;
  ptt = new PushToTalk({
    mark: (mark) => told.push(mark),
    send: (frame) => told.push(new Uint32Array(frame)[0]!),
  });
});

describe("push-to-talk", () => {
  it("sends nothing before the key is pressed", () => {
    speak(100);
    expect(told).toEqual([]);
  });

  it("begins 400 ms before the key, so that a late finger cuts no word", () => {
    speak(100);
    ptt.press();
    expect(told[0]).toBe("start");
    expect(told.slice(1)).toEqual(Array.from({ length: 20 }, (_, n) => 81 + n));
  });

  it("ends 300 ms after the key, with every frame until then and none after it", () => {
    ptt.press();
    speak(10);
    ptt.release();
    speak(40);
    expect(told).toEqual(["start", ...Array.from({ length: 25 }, (_, n) => n + 1), "end"]);
  });

  it("pressed again within the tail goes on as one utterance", () => {
    ptt.press();
    speak(5);
    ptt.release();
    speak(5);
    ptt.press();
    speak(5);
    expect(told.filter((one) => typeof one === "string")).toEqual(["start"]);
    ptt.release();
    speak(20);
    expect(told.at(-1)).toBe("end");
  });

  it("a key that repeats while it is held is one press; a release without a press is none", () => {
    ptt.release();
    ptt.press();
    ptt.press();
    expect(told).toEqual(["start"]);
  });

  it("ends at once when no more frames will come", () => {
    ptt.press();
    speak(3);
    ptt.stop();
    ptt.stop();
    expect(told).toEqual(["start", 1, 2, 3, "end"]);
  });
});
