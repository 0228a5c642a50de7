/**
 * Every state of the call screen without a call: as it is kept in e2e/references, without barriers, by keyboard, with
 * large enough targets, zoomed, and how much its drawing costs. New pictures: `npm run references`, then look at them.
 */
import type { Page } from "@playwright/test";
import { controls, faint, hasNoBarrier, outside, tabStops } from "./audit";
import { expect, test } from "./harness";

/** The pictures are kept at half their size: small files, and letters that may differ a little between machines. */
const LOOKS = [
  { look: "light", colorScheme: "light", viewport: { width: 1280, height: 800 }, deviceScaleFactor: 0.5 },
  { look: "dark", colorScheme: "dark", viewport: { width: 1280, height: 800 }, deviceScaleFactor: 0.5 },
  { look: "phone", colorScheme: "light", viewport: { width: 360, height: 740 }, deviceScaleFactor: 0.5 },
] as const;

/** Wide enough for letters drawn in another way, narrow enough for another sign: measured in docs/screen.md. */
const same = (look: string) => ({ threshold: 0.3, maxDiffPixelRatio: look === "phone" ? 0.015 : 0.006 });

test.use({ permissions: ["microphone"] });

async function gallery(page: Page) {
  await page.goto("/e2e/gallery/index.html");
  await page.waitForFunction(() => "gallery" in window);
  return page.evaluate(() => window.gallery.names);
}

type StateName = Awaited<ReturnType<typeof gallery>>[number];

async function show(page: Page, name: StateName): Promise<void> {
  await page.evaluate((one) => window.gallery.show(one), name);
}

for (const { look, ...looks } of LOOKS) {
  test.describe(look, () => {
    test.use({ ...looks, contextOptions: { reducedMotion: "reduce" } });

    test("every state looks as it should, without barriers, and is pressed with a finger", async ({ page }) => {
      for (const name of await gallery(page)) {
        await show(page, name);
        // Pictures first: all of them are seen after one run, also where the first differs.
        expect.soft(await page.screenshot(), name).toMatchSnapshot(`${look}-${name}.png`, same(look));
        await hasNoBarrier(page);
        for (const control of await controls(page)) {
          const least = control.main ? 44 : 24;
          expect(Math.min(control.width, control.height), `${name}: ${control.name}`).toBeGreaterThanOrEqual(least);
        }
      }
    });
  });
}

test("Tab goes through the page from top to end, always seen; zoomed to 200 % nothing is lost, at 320 pixels nothing cut", async ({ page }) => {
  await gallery(page);
  await show(page, "speaking");
  const all = (await controls(page)).map(({ name }) => name);
  expect(await tabStops(page)).toEqual(all);
  const inOrder = ["Connect Gemini", "Settings", "Interrupt AI", "Mute", "End Session", "Conversation details", "Transcript", "Message"];
  expect(all.filter((name) => inOrder.includes(name))).toEqual(inOrder);
  // What a window of 1280 x 720 holds when it is zoomed to 200 %.
  await page.setViewportSize({ width: 640, height: 360 });
  expect(await tabStops(page)).toEqual(all);
  await hasNoBarrier(page);
  await page.setViewportSize({ width: 320, height: 640 });
  await hasNoBarrier(page);
  await expect(page.getByRole("button", { name: "End Session" })).toBeInViewport({ ratio: 1 });
});

test("from right to left, narrow, in colors of the person's own and with more contrast it is all there", async ({ page }) => {
  await gallery(page);
  const middle = async (name: string) => {
    const { x, width } = (await page.getByRole("button", { name, exact: true }).boundingBox())!;
    return x + width / 2;
  };
  for (const [dir, width] of [["rtl", 1280], ["rtl", 360], ["ltr", 320]] as const) {
    await page.setViewportSize({ width, height: 640 });
    await page.evaluate((one) => { document.documentElement.dir = one; }, dir);
    for (const name of ["failed", "ended", "speaking"] as const) {
      await show(page, name);
      expect(await outside(page), `${name}, ${dir}, ${width}`).toEqual([]);
      if (name !== "ended") continue;
      const words = await page.getByRole("log", { name: "Transcript" }).boundingBox();
      expect(words?.height, "a note below the transcript leaves it its place").toBeGreaterThan(48);
    }
    // What is first is where reading begins.
    expect((await middle("Interrupt AI")) < (await middle("End Session")), dir).toBe(dir === "ltr");
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, contrast: "more", reducedMotion: "reduce" });
    for (const name of ["tool", "ended"] as const) {
      await show(page, name);
      await hasNoBarrier(page);
      expect(await faint(page), `${name}, ${colorScheme}`).toEqual([]);
    }
  }
  await page.emulateMedia({ contrast: null, forcedColors: "active" });
  await show(page, "speaking");
  await hasNoBarrier(page);
  // What can be pressed is told from what is text by its edge, which these colors keep.
  for (const name of ["Interrupt AI", "Mute", "End Session"]) {
    await expect(page.getByRole("button", { name, exact: true })).toHaveCSS("border-top-style", "solid");
  }
});

test("a slow machine draws in a small part of each frame; a hidden page and one without motion draw nothing", async ({ page, context }) => {
  await page.addInitScript(watchFrames);
  await page.emulateMedia({ reducedMotion: "no-preference" });
  await gallery(page);
  await show(page, "speaking");
  const browser = await context.newCDPSession(page);
  await browser.send("Emulation.setCPUThrottlingRate", { rate: 6 });
  const costs = await page.evaluate(() => window.frames60(60));
  await browser.send("Emulation.setCPUThrottlingRate", { rate: 1 });
  const middle = costs.toSorted((one, other) => one - other)[costs.length / 2]!;
  test.info().annotations.push({ type: "ms of drawing a frame at a sixth of the speed, median", description: middle.toFixed(2) });
  // Measured 1 to 2 ms (docs/screen.md).
  expect(middle).toBeLessThan(8);

  await page.emulateMedia({ reducedMotion: "reduce" });
  expect(await page.evaluate(() => window.drawnIn(20))).toBe(0);
  await page.emulateMedia({ reducedMotion: "no-preference" });
  // Where a thread beside the page draws, it is told of every second frame.
  expect(await page.evaluate(() => window.drawnIn(20))).toBeGreaterThan(5);
  await page.evaluate(() => {
    // Headless pages are never hidden by the browser itself.
    Object.defineProperty(document, "hidden", { value: true });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  expect(await page.evaluate(() => window.drawnIn(20))).toBe(0);
});

declare global {
  interface Window {
    /** Milliseconds of the page's own work in each of so many frames, or timers where a thread beside the page draws. */
    frames60(count: number): Promise<number[]>;
    /** How often the visualiser was drawn in so many frames. */
    drawnIn(frames: number): Promise<number>;
  }
}

/** Runs in the page before its own scripts. */
function watchFrames(): void {
  const request = window.requestAnimationFrame.bind(window);
  let costs: number[] = [];
  let drawn = 0;
  const timed = <Args extends unknown[]>(callback: (...args: Args) => void) => (...args: Args) => {
    const before = performance.now();
    callback(...args);
    costs.push(performance.now() - before);
  };
  window.requestAnimationFrame = (callback) => request(timed(callback));
  const later = window.setTimeout.bind(window);
  window.setTimeout = ((callback: TimerHandler, ms?: number, ...args: unknown[]) =>
    later(typeof callback === "function" ? timed(callback as () => void) : callback, ms, ...args)) as typeof window.setTimeout;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- applied to its own canvas below
  const clear = CanvasRenderingContext2D.prototype.clearRect;
  CanvasRenderingContext2D.prototype.clearRect = function (...place) {
    drawn++;
    clear.apply(this, place);
  };
  // Drawn by the thread beside the page.
  window.Worker = class extends Worker {
    override postMessage(message: { readonly kind?: string }, more?: Transferable[] | StructuredSerializeOptions): void {
      if (message.kind === "draw") drawn++;
      super.postMessage(message, more as Transferable[]);
    }
  };
  const pass = async (frames: number) => {
    for (let frame = 0; frame < frames; frame++) await new Promise(request);
  };
  window.frames60 = async (count) => {
    costs = [];
    while (costs.length < count) await pass(1);
    return costs.slice(0, count);
  };
  window.drawnIn = async (frames) => {
    // What was asked for before is through.
    await pass(2);
    drawn = 0;
    await pass(frames);
    return drawn;
  };
}
