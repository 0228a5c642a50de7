/** The call in a hand: by finger, at a phone's sizes, upright and on its side. */
import { devices, type Page } from "@playwright/test";
import { controls, hasNoBarrier, outside } from "./audit";
import { expect, type Person, test } from "./harness";

/** A device without its browser: the stories run in the one that is here. */
function device(name: string) {
  const { viewport, userAgent, deviceScaleFactor, isMobile, hasTouch } = devices[name]!;
  return { viewport, userAgent, deviceScaleFactor, isMobile, hasTouch };
}

async function having(page: Page, settings: object): Promise<void> {
  await page.addInitScript((kept) => {
    localStorage.setItem("s2s-settings", kept);
  }, JSON.stringify(settings));
}

async function starts(person: Person, page: Page): Promise<void> {
  await person.open();
  await person.button("Start Conversation").tap();
  await expect(person.button("End Session")).toBeVisible();
  await expect(page.locator(".app[data-talking=true]")).toBeVisible();
}

/** Nothing is cut, and every thing that is pressed is as large as a fingertip. */
async function fitsAFinger(page: Page): Promise<void> {
  await hasNoBarrier(page);
  expect(await outside(page)).toEqual([]);
  // What stands before its words is pressed with them.
  const named = await page.evaluate(() => Math.min(44, ...[...document.querySelectorAll(".switch label")].map((one) => one.getBoundingClientRect().height)));
  expect(named).toBe(44);
  const small = (await controls(page)).filter(({ name, width, height }) => Math.min(width, height) < 44 && name !== "");
  expect(small).toEqual([]);
}

async function doesNotScroll(page: Page): Promise<void> {
  expect(await page.evaluate(() => document.documentElement.scrollHeight - innerHeight)).toBeLessThanOrEqual(0);
}

async function box(page: Page, selector: string) {
  const found = await page.locator(selector).boundingBox();
  expect(found, selector).not.toBeNull();
  return found!;
}

for (const name of ["Galaxy S III", "Pixel 7", "iPhone SE"] as const) {
  test.describe(name, () => {
    test.use(device(name));

    test("a call is held with the thumb: a bar at the foot, captions as large as an arm is long", async ({ person, page }, info) => {
      await person.open();
      await fitsAFinger(page);
      await page.screenshot({ path: info.outputPath("idle.png") });
      await person.button("“What time is it in Tokyo?”").tap();
      await expect(person.transcript.getByText("What time is it in Tokyo?")).toBeVisible();
      await person.hearsVoice();
      await page.screenshot({ path: info.outputPath("speaking.png") });
      await fitsAFinger(page);
      await doesNotScroll(page);
      const height = page.viewportSize()!.height;
      for (const name of ["Interrupt AI", "Mute", "End Session"]) {
        await expect(person.button(name)).toBeInViewport({ ratio: 1 });
        expect((await person.button(name).boundingBox())!.y, name).toBeGreaterThan(0.8 * height);
      }
      const words = person.transcript.getByText("What time is it in Tokyo?");
      expect(await words.evaluate((one) => parseFloat(getComputedStyle(one).fontSize))).toBeGreaterThanOrEqual(19);
      expect((await box(page, ".talk")).height).toBeGreaterThan(0.4 * height);
    });
  });
}

test.describe("push-to-talk", () => {
  test.use(device("Galaxy S III"));

  test("the button to talk is as wide as the hand, and is held with a finger", async ({ person, page }, info) => {
    await having(page, { turnTaking: "push-to-talk" });
    await starts(person, page);
    await expect(page.getByText("Hold the button while you talk.")).toBeVisible();
    const { width, height } = page.viewportSize()!;
    const talk = (await person.button("Hold to talk").boundingBox())!;
    expect(talk.width).toBeGreaterThan(0.85 * width);
    expect(talk.height).toBeGreaterThanOrEqual(80);
    expect(talk.y).toBeGreaterThan(height / 2);
    await fitsAFinger(page);
    await page.screenshot({ path: info.outputPath("push-to-talk.png") });

    const finger = await page.context().newCDPSession(page);
    const touch = (type: "touchStart" | "touchEnd") =>
      finger.send("Input.dispatchTouchEvent", { type, touchPoints: type === "touchEnd" ? [] : [{ x: talk.x + talk.width / 2, y: talk.y + talk.height / 2 }] });
    await touch("touchStart");
    await expect(person.button("Listening to you")).toHaveAttribute("aria-pressed", "true");
    await person.say("What time is it in London?");
    await touch("touchEnd");
    await expect(person.button("Hold to talk")).toBeVisible();
    await expect(person.transcript.locator(".line.person")).toHaveCount(1);
  });
});

for (const name of ["Galaxy S III landscape", "Pixel 7 landscape", "iPhone 14 landscape"] as const) {
  test.describe(name, () => {
    test.use(device(name));

    test("on its side, words and buttons are seen at once", async ({ person, page }, info) => {
      await person.open();
      await person.button("“Tell me a story.”").tap();
      await person.hearsVoice();
      await doesNotScroll(page);
      for (const name of ["Interrupt AI", "Mute", "End Session"]) await expect(person.button(name)).toBeInViewport({ ratio: 1 });
      const words = await box(page, ".talk");
      expect(words.y + words.height).toBeLessThanOrEqual(page.viewportSize()!.height);
      expect(words.height).toBeGreaterThan(0.6 * page.viewportSize()!.height);
      await fitsAFinger(page);
      await page.screenshot({ path: info.outputPath("sideways.png") });
    });
  });
}

test.describe("keyboard", () => {
  test.use(device("Galaxy S III"));

  /** What is written, the last words and the way out stand in the room that is left. */
  async function isUsable(person: Person, page: Page, room: number): Promise<void> {
    await expect(page.locator(".app[data-keyboard=true]")).toBeVisible();
    for (const part of [page.locator(".text-box"), person.button("Interrupt AI"), person.button("End Session")]) {
      const { y, height } = (await part.boundingBox())!;
      expect(y).toBeGreaterThanOrEqual(0);
      expect(y + height).toBeLessThanOrEqual(room + 1);
    }
    expect((await box(page, ".transcript")).height).toBeGreaterThan(60);
    await hasNoBarrier(page);
  }

  test("an open keyboard that makes the page smaller leaves words, field and buttons", async ({ person, page }, info) => {
    await person.open();
    await person.button("Type instead").tap();
    await expect(page.getByText("Your turn", { exact: true })).toBeVisible();
    await page.setViewportSize({ width: 360, height: 360 });
    await isUsable(person, page, 360);
    await page.screenshot({ path: info.outputPath("keyboard.png") });
    await page.setViewportSize({ width: 360, height: 640 });
    await expect(page.locator(".app[data-keyboard=false]")).toBeVisible();
  });

  test("so does one that lies over the page", async ({ person, page }) => {
    await page.addInitScript(() => {
      // As Safari on a phone tells it: the page stays as tall, and what is seen of it gets lower.
      const view = Object.assign(new EventTarget(), { width: 360, height: 640, offsetTop: 0, scale: 1 });
      Object.defineProperty(window, "visualViewport", { value: view });
    });
    await person.open();
    await person.button("Type instead").tap();
    await expect(page.getByText("Your turn", { exact: true })).toBeVisible();
    const sees = (height: number) =>
      page.evaluate((now) => {
        Object.assign(window.visualViewport!, { height: now });
        window.visualViewport!.dispatchEvent(new Event("resize"));
      }, height);
    await sees(340);
    await isUsable(person, page, 340);
    await sees(640);
    await expect(page.locator(".app[data-keyboard=false]")).toBeVisible();
  });
});

test.describe("camera", () => {
  test.use(device("Pixel 7"));

  test("the camera fills the screen, the one at the back first, and is changed for the other in mid-call", async ({ person, page }, info) => {
    await page.addInitScript(() => {
      const device = (deviceId: string) => ({ kind: "videoinput", deviceId, label: "", groupId: "" });
      navigator.mediaDevices.enumerateDevices = () => Promise.resolve([device("back"), device("front")] as MediaDeviceInfo[]);
      const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      navigator.mediaDevices.getUserMedia = async (wanted) => {
        const video = wanted?.video as { facingMode?: { ideal: string } } | undefined;
        const stream = await real(wanted);
        const facingMode = video?.facingMode?.ideal;
        if (!facingMode) return stream;
        (window.facings ??= []).push(facingMode);
        stream.getVideoTracks()[0]!.getSettings = () => ({ facingMode });
        return stream;
      };
    });
    await starts(person, page);
    await expect(page.getByText("Listening", { exact: true })).toBeVisible();
    await page.locator(".text-box button").first().tap();
    const first = page.waitForResponse("**/image?source=camera");
    await person.button("Camera").tap();
    expect((await first).status()).toBe(204);
    const video = page.locator(".shared-view video");
    const { width, height } = page.viewportSize()!;
    expect(await video.boundingBox()).toEqual({ x: 0, y: 0, width, height });
    await expect(video).toHaveAttribute("data-mirrored", "false");
    for (const name of ["Flip", "Stop sharing", "Interrupt AI", "Mute", "End Session"]) await expect(person.button(name)).toBeInViewport({ ratio: 1 });
    await fitsAFinger(page);
    await page.screenshot({ path: info.outputPath("camera.png") });

    const tracks = await page.evaluate(() => window.probe.liveTracks());
    const second = page.waitForResponse("**/image?source=camera");
    await person.button("Flip").tap();
    await expect(video).toHaveAttribute("data-mirrored", "true");
    expect((await second).status()).toBe(204);
    expect(await page.evaluate(() => window.facings)).toEqual(["environment", "user"]);
    // The first camera was let go.
    expect(await page.evaluate(() => window.probe.liveTracks())).toBe(tracks);
    await person.button("Stop sharing").tap();
    await expect(video).toHaveCount(0);
    expect(await page.evaluate(() => window.probe.liveTracks())).toBe(tracks - 1);
  });
});

declare global {
  interface Window {
    facings?: string[];
    /** What was felt, and the seconds of each sound that was no voice. */
    felt: unknown[];
    cued: number[];
  }
}

/** Runs in the page. */
function feels(): void {
  window.felt = [];
  window.cued = [];
  navigator.vibrate = (pattern) => window.felt.push(pattern) > 0;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its node below
  const start = AudioBufferSourceNode.prototype.start;
  AudioBufferSourceNode.prototype.start = function (...when) {
    const seconds = this.buffer?.duration ?? 0;
    // The probe's mouth speaks longer.
    if (seconds < 0.5) window.cued.push(Math.round(100 * seconds) / 100);
    start.apply(this, when);
  };
}

test.describe("cues", () => {
  test.use(device("Pixel 7"));

  test("beginning, turn, interruption and end are felt and heard, and with the setting off none of them", async ({ person, page }) => {
    await page.addInitScript(feels);
    await person.open();
    await person.button("“What time is it in Tokyo?”").tap();
    await person.hearsVoice();
    await person.hearsSilenceAgain();
    await expect.poll(() => page.evaluate(() => window.felt)).toEqual([[30], [15]]);
    await page.locator(".text-box textarea").fill("Tell me a story.");
    await page.keyboard.press("Enter");
    await person.listenAnew();
    await person.hearsVoice();
    await person.button("Interrupt AI").tap();
    await expect.poll(() => page.evaluate(() => window.felt)).toEqual([[30], [15], [20, 60, 20]]);
    await person.button("End Session").tap();
    await expect.poll(() => page.evaluate(() => window.felt)).toEqual([[30], [15], [20, 60, 20], [60]]);
    await expect.poll(() => page.evaluate(() => window.cued)).toEqual([0.22, 0.11, 0.22, 0.22]);

    await having(page, { cues: "off" });
    await person.open();
    await person.button("“What time is it in Tokyo?”").tap();
    await person.hearsVoice();
    await person.button("End Session").tap();
    await expect(person.button("Start Conversation")).toBeVisible();
    expect(await page.evaluate(() => [window.felt, window.cued])).toEqual([[], []]);
  });
});

test("without captions the picture stands in the middle, and nothing beside it", async ({ person, page }) => {
  await person.open();
  await person.start();
  await page.keyboard.press("c");
  const middle = async (selector: string) => {
    const { x, width } = await box(page, selector);
    return x + width / 2;
  };
  const center = page.viewportSize()!.width / 2;
  for (const part of [".wave-place", ".status", ".controls", ".talk"]) expect(Math.abs((await middle(part)) - center), part).toBeLessThan(12);
});
