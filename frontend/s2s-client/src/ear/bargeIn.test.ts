import { describe, expect, it } from "vitest";
import { BargeIn, type Heard } from "./bargeIn";

const STEP_MS = 32;
const VOICE: Heard = { voice: true, speaking: true };
const PAUSE: Heard = { voice: false, speaking: true };
const OVER: Heard = { voice: false, speaking: false };

/** Lets `ms` pass; gives for how many of them, from the beginning of the call on, the voice was quieter. */
function pass(machine: BargeIn, heard: Heard, ms: number): number {
  let ducked = 0;
  for (let done = 0; done < ms; done += STEP_MS) if (machine.step(heard, STEP_MS)) ducked += STEP_MS;
  return ducked;
}

describe("speaking over the voice", () => {
  it("makes it quieter at once, and as long as one speaks", () => {
    const machine = new BargeIn();
    expect(pass(machine, PAUSE, 1_000)).toBe(0);
    expect(pass(machine, VOICE, 1_024)).toBe(1_024);
  });

  it("a cough brings it back 600 ms later", () => {
    const machine = new BargeIn();
    pass(machine, VOICE, 96);
    expect(pass(machine, PAUSE, 2_000)).toBe(576);
    expect(machine.ducked).toBe(false);
  });

  it("a pause between two words does not", () => {
    const machine = new BargeIn();
    pass(machine, VOICE, 320);
    expect(pass(machine, PAUSE, 480)).toBe(480);
    expect(pass(machine, VOICE, 320)).toBe(320);
  });

  it("is over with the answer: the next one begins loud, although the person has only just stopped", () => {
    const machine = new BargeIn();
    pass(machine, VOICE, 320);
    pass(machine, OVER, 96);
    expect(pass(machine, PAUSE, 1_000)).toBe(0);
  });

  it("that the gateway never takes for an interruption is a television: the voice comes back until that pauses", () => {
    const machine = new BargeIn();
    expect(pass(machine, VOICE, 10_016)).toBe(4_000);
    expect(pass(machine, PAUSE, 320)).toBe(0);
    expect(pass(machine, VOICE, 320)).toBe(0);
    pass(machine, PAUSE, 640);
    expect(pass(machine, VOICE, 320)).toBe(320);
  });
});
