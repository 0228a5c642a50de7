import { describe, expect, it } from "vitest";
import type { Ducking } from "../gain";
import { Ducker, type DuckerInput } from "./ducking";

const STEP_MS = 32;
const VOICE: DuckerInput = { voice: true, perhaps: true, speaking: true };
const HINT: DuckerInput = { voice: false, perhaps: true, speaking: true };
const PAUSE: DuckerInput = { voice: false, perhaps: false, speaking: true };
const OVER: DuckerInput = { voice: false, perhaps: false, speaking: false };

/** Lets `ms` pass; gives for how many of them the voice was `how` much quieter. */
function pass(machine: Ducker, heard: DuckerInput, ms: number, how: Ducking = "full"): number {
  let ducked = 0;
  for (let done = 0; done < ms; done += STEP_MS) if (machine.update(heard, STEP_MS) === how) ducked += STEP_MS;
  return ducked;
}

describe("speaking over the voice", () => {
  it("makes it quieter at once, and as long as one speaks", () => {
    const machine = new Ducker();
    expect(pass(machine, PAUSE, 1_000)).toBe(0);
    expect(pass(machine, VOICE, 1_024)).toBe(1_024);
  });

  it("a cough brings it back 600 ms later", () => {
    const machine = new Ducker();
    pass(machine, VOICE, 96);
    expect(pass(machine, PAUSE, 2_000)).toBe(576);
    expect(machine.ducking).toBe("none");
  });

  it("a pause between two words does not", () => {
    const machine = new Ducker();
    pass(machine, VOICE, 320);
    expect(pass(machine, PAUSE, 480)).toBe(480);
    expect(pass(machine, VOICE, 320)).toBe(320);
  });

  it("is over with the answer: the next one begins loud, although the person has only just stopped", () => {
    const machine = new Ducker();
    pass(machine, VOICE, 320);
    pass(machine, OVER, 96);
    expect(pass(machine, PAUSE, 1_000)).toBe(0);
  });

  it("that the gateway never takes for an interruption is a television: the voice comes back until that pauses", () => {
    const machine = new Ducker();
    expect(pass(machine, VOICE, 10_016)).toBe(4_000);
    expect(pass(machine, PAUSE, 320)).toBe(0);
    expect(pass(machine, VOICE, 320)).toBe(0);
    pass(machine, PAUSE, 640);
    expect(pass(machine, VOICE, 320)).toBe(320);
  });
});

describe("a hint of a voice", () => {
  it("makes ours half as loud at once, and a voice that follows quieter still", () => {
    const machine = new Ducker();
    expect(pass(machine, HINT, 64, "half")).toBe(64);
    expect(pass(machine, VOICE, 320)).toBe(320);
  });

  it("that no other follows is taken back after a tenth of a second", () => {
    const machine = new Ducker();
    pass(machine, HINT, STEP_MS);
    expect(pass(machine, PAUSE, 1_000, "half")).toBe(64);
    expect(machine.ducking).toBe("none");
  });

  it("that goes on and becomes no voice dips ours once, for a quarter of a second", () => {
    const machine = new Ducker();
    expect(pass(machine, HINT, 3_200, "half")).toBe(256);
    expect(pass(machine, HINT, 60_000, "half")).toBe(0);
  });

  it("that was nothing, such as a breath, takes nothing from the word that follows", () => {
    const machine = new Ducker();
    pass(machine, HINT, STEP_MS);
    pass(machine, PAUSE, 320);
    expect(pass(machine, HINT, 64, "half")).toBe(64);
    expect(pass(machine, VOICE, 320)).toBe(320);
  });

  it("after hint of which none was a voice counts less: a minute of knocks dips ours 22 times, and a voice is heard as ever", () => {
    const machine = new Ducker();
    let dips = 0;
    for (let knock = 0; knock < 120; knock++) {
      if (pass(machine, HINT, STEP_MS, "half") > 0) dips++;
      pass(machine, PAUSE, 480);
    }
    expect(dips).toBeLessThanOrEqual(22);
    expect(pass(machine, VOICE, 320)).toBe(320);
  });

  it("does not lower an answer that has not begun, nor hold down a television", () => {
    const machine = new Ducker();
    expect(pass(machine, { ...HINT, speaking: false }, 320, "half")).toBe(0);
    pass(machine, VOICE, 10_016);
    expect(pass(machine, HINT, 320, "half")).toBe(0);
  });

  it("after a pause in a word that was a voice holds nothing back: quieter is quieter until 600 ms after it", () => {
    const machine = new Ducker();
    pass(machine, VOICE, 96);
    expect(pass(machine, HINT, 2_000)).toBe(576);
  });
});
