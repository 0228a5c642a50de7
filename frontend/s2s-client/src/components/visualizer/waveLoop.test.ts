// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { OffscreenWave } from "./offscreenWave";
import { WaveLoop } from "./waveLoop";

/** A page whose pictures come when the test says so. */
class Screen {
  reduced = false;
  looks = 0;
  clears = 0;
  reads = 0;
  readonly canvas = document.createElement("canvas");
  #callbacks = new Map<number, FrameRequestCallback>();
  #next = 1;
  #nowMs = 0;

  constructor() {
    const pen = new Proxy({}, {
      get: (_, name) => () => { if (name === "clearRect") this.clears++; },
      set: () => true,
    });
    vi.spyOn(this.canvas, "getContext").mockReturnValue(pen as never);
    vi.spyOn(this.canvas, "clientWidth", "get").mockImplementation(() => (this.looks++, 338));
    vi.stubGlobal("matchMedia", () => Object.assign(new EventTarget(), { matches: this.reduced }));
    vi.stubGlobal("ResizeObserver", class { observe = vi.fn(); disconnect = vi.fn(); });
    vi.stubGlobal("requestAnimationFrame", (callback: FrameRequestCallback) => {
      this.#callbacks.set(this.#next, callback);
      return this.#next++;
    });
    vi.stubGlobal("cancelAnimationFrame", (id: number) => this.#callbacks.delete(id));
  }

  readonly read = { microphone: () => { this.reads++; }, voice: () => undefined };

  get waiting(): number {
    return this.#callbacks.size;
  }

  pictures(count: number, gapMs = 17): void {
    for (let picture = 0; picture < count; picture++) {
      this.#nowMs += gapMs;
      const now = [...this.#callbacks.values()];
      this.#callbacks.clear();
      now.forEach((callback) => { callback(this.#nowMs); });
    }
  }
}

let screen: Screen;
const hide = (hidden: boolean) => {
  vi.spyOn(document, "hidden", "get").mockReturnValue(hidden);
  document.dispatchEvent(new Event("visibilitychange"));
};

/** Timers by the clock of the pictures, which has run a while. */
function fakeTimers() {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  vi.advanceTimersByTime(1_000);
}

beforeEach(() => {
  screen = new Screen();
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe("the visualiser's loop", () => {
  it("asks the page for its place once and not in every picture", () => {
    const loop = new WaveLoop(screen.canvas, screen.read);
    const styles = vi.spyOn(window, "getComputedStyle");
    loop.show("speaking");
    screen.pictures(60);
    expect(screen).toMatchObject({ clears: 60, reads: 60, looks: 1 });
    expect(styles).toHaveBeenCalledTimes(1);
    loop.close();
    expect(screen.waiting).toBe(0);
  });

  it("draws what stands still once, and then waits for nothing", () => {
    const loop = new WaveLoop(screen.canvas, screen.read);
    loop.show("ended");
    expect(screen).toMatchObject({ clears: 1, waiting: 0, reads: 0 });
    loop.close();
  });

  it("draws one still picture where no motion is wished", () => {
    screen.reduced = true;
    const loop = new WaveLoop(screen.canvas, screen.read);
    loop.show("speaking");
    expect(screen).toMatchObject({ clears: 1, waiting: 0 });
    loop.close();
  });

  it("stops while nobody looks, and goes on afterwards", () => {
    const loop = new WaveLoop(screen.canvas, screen.read);
    loop.show("listening");
    screen.pictures(2);
    hide(true);
    expect(screen.waiting).toBe(0);
    hide(false);
    screen.pictures(3);
    expect(screen.clears).toBe(5);
    loop.close();
  });

  it("draws every second picture of a screen that shows a hundred and twenty", () => {
    const loop = new WaveLoop(screen.canvas, screen.read);
    loop.show("listening");
    screen.pictures(120, 8);
    expect(screen.clears).toBe(60);
    loop.close();
  });

  it("leaves what moves to a thread of its own as soon as that is seen, and takes back what stands still", () => {
    fakeTimers();
    const aside = { draw: vi.fn(() => true), freeze: vi.fn(), close: vi.fn() };
    aside.draw.mockReturnValueOnce(false);
    const loop = new WaveLoop(screen.canvas, screen.read, () => aside as unknown as OffscreenWave);
    loop.show("listening");
    screen.pictures(2);
    expect(screen).toMatchObject({ clears: 1, waiting: 0 });
    vi.advanceTimersByTime(1_000);
    // The spectra are told half as often as the other thread draws, without a frame of the page.
    expect(aside.draw).toHaveBeenCalledTimes(32);
    expect(screen).toMatchObject({ clears: 1, waiting: 0 });
    loop.show("interrupted");
    expect(screen.clears).toBe(2);
    expect(aside.freeze).toHaveBeenCalledOnce();
    loop.show("ended");
    expect(aside.close).toHaveBeenCalledOnce();
    loop.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("lets the other thread rest while nobody looks, and draws itself again where that one fails", () => {
    fakeTimers();
    const aside = { draw: vi.fn(() => true), freeze: vi.fn(), close: vi.fn() };
    const loop = new WaveLoop(screen.canvas, screen.read, () => aside as unknown as OffscreenWave);
    loop.show("speaking");
    screen.pictures(1);
    hide(true);
    expect(aside.freeze).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
    hide(false);
    screen.pictures(1);
    aside.draw.mockReturnValue(false);
    vi.advanceTimersByTime(33);
    screen.pictures(1, 2_000);
    expect(screen).toMatchObject({ clears: 2, waiting: 1 });
    loop.close();
  });
});
