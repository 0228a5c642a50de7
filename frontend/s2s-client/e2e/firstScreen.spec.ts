/** The first ten seconds: what this is, whom one talks to, and how one begins, also without a microphone. */
import type { Page } from "@playwright/test";
import { hasNoBarrier, outside } from "./audit";
import { expect, test } from "./harness";

const SIZES = [[360, 640], [390, 844], [844, 390], [640, 360], [768, 1024], [1280, 720], [1440, 900]] as const;
const LOCAL = "You’ll talk to the local engine on this computer. Your voice never leaves it.";

/** What a newcomer has to see at once. */
const SEEN = ["Start Conversation", "Type instead", "Microphone", "Voice", "“Tell me a story.”", "“What can you do?”", "“What time is it in Tokyo?”"];

/** The browser's permission for the microphone, which `permission.state = ...` and an event `change` of it change. */
function havePermission(): void {
  const denied: { name: string; state: PermissionState; onchange: null } = { name: "microphone", state: "denied", onchange: null };
  const permission = (window.permission = Object.assign(new EventTarget(), denied));
  navigator.permissions.query = () => Promise.resolve(permission);
}

/** How often the page has asked for the microphone. */
async function countsAsking(page: Page): Promise<() => Promise<number>> {
  await page.addInitScript(() => {
    const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = (wanted) => {
      window.asked = (window.asked ?? 0) + 1;
      return real(wanted);
    };
  });
  return () => page.evaluate(() => window.asked ?? 0);
}

declare global {
  interface Window {
    asked?: number;
    permission: EventTarget & { state: PermissionState };
  }
}

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test("the first screen is seen in one look at every size: whom one talks to, three things to say, how to begin", async ({ person, page }, info) => {
      for (const [width, height] of SIZES) {
        await page.setViewportSize({ width, height });
        await person.open();
        await expect(page.getByText(LOCAL)).toBeInViewport({ ratio: 1 });
        for (const name of SEEN) await expect(person.button(name), `${name} at ${width}x${height}`).toBeInViewport({ ratio: 1 });
        await expect(page.getByRole("switch")).toBeInViewport();
        const hidden = await page.evaluate(() => document.documentElement.scrollHeight - innerHeight);
        expect(hidden, `${width}x${height} scrolls`).toBeLessThanOrEqual(0);
        expect(await overlapping(page), `${width}x${height}`).toEqual([]);
        expect(await outside(page)).toEqual([]);
        await hasNoBarrier(page);
        await page.screenshot({ path: info.outputPath(`first-${width}x${height}.png`) });
      }
    });
  });
}

/** Words that other words cover: what does not fit is squeezed into one another. */
async function overlapping(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const parts = [...document.querySelectorAll<HTMLElement>(".head h1, .wave-place, .headline, .who-answers, .help, .dock button, .dock label, .aside button")];
    const boxes = parts.filter((one) => one.checkVisibility()).map((one) => ({ name: one.textContent || one.className, box: one.getBoundingClientRect() }));
    const crosses = (a: DOMRect, b: DOMRect) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
    return boxes.flatMap((one, at) => boxes.slice(at + 1).filter((other) => crosses(one.box, other.box)).map((other) => `${one.name} | ${other.name}`));
  });
}

test("one types from the first screen without being asked for a microphone, and turns it on in the call", async ({ person, page }) => {
  const asked = await countsAsking(page);
  await person.open();
  await person.button("Type instead").click();
  // Before the line is made, and without another click.
  await page.keyboard.type("What time is it in London?");
  await page.keyboard.press("Enter");
  await expect(person.transcript.getByText("What time is it in London?")).toBeVisible();
  await person.hearsVoice();
  expect(await asked()).toBe(0);
  await hasNoBarrier(page);
  await person.hearsSilenceAgain();
  await expect(page.getByText("Your turn", { exact: true })).toBeVisible();

  await person.button("Turn on microphone").click();
  await expect(page.getByText("Listening", { exact: true })).toBeVisible();
  expect(await asked()).toBe(1);
  await person.say("What time is it in London?");
  await expect(person.transcript.locator(".line.person")).toHaveCount(2);
});

for (const [name, words] of [["NotAllowedError", "is blocked"], ["NotFoundError", "No microphone found"], ["NotReadableError", "Another app"]] as const) {
  test(`a microphone that cannot be had leads to typing: ${name}`, async ({ person, page }) => {
    await person.open();
    await page.evaluate((reason) => {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", reason));
    }, name);
    // What was to be said is not lost.
    await person.button("“What time is it in Tokyo?”").click();
    await expect(page.getByRole("alert")).toContainText(words);
    await hasNoBarrier(page);
    await person.button("Type instead").click();
    await expect(person.transcript.getByText("What time is it in Tokyo?")).toBeVisible();
    await person.hearsVoice();
    // Asked for again, it is refused again: with words, and without an end.
    await person.button("Turn on microphone").click();
    await expect(page.getByText(new RegExp(words)).first()).toBeVisible();
    await expect(person.button("Turn on microphone")).toBeVisible();
  });
}

test("a thing to say begins the conversation and is answered", async ({ person, page }) => {
  await person.open();
  await person.button("“What time is it in Tokyo?”").click();
  await expect(person.transcript.getByText("What time is it in Tokyo?")).toBeVisible();
  await person.hearsVoice();
  await expect(person.button("Mute")).toBeVisible();
  await expect(page.getByText("Your voice stays on this computer.")).toBeVisible();
});

test("a blocked microphone is told before the start, and typing comes first then", async ({ person, page }) => {
  await page.addInitScript(havePermission);
  await person.open();
  await expect(page.getByText(/Your microphone is blocked for this page\./)).toBeVisible();
  await expect(person.button("Type instead")).toHaveClass(/primary/);
  // Allowed in another place of the browser, it is told at once.
  await page.evaluate(() => {
    window.permission.state = "granted";
    window.permission.dispatchEvent(new Event("change"));
  });
  await expect(page.getByText("Your mic is only on during a conversation.")).toBeVisible();
  await expect(person.button("Start Conversation")).toHaveClass(/primary/);
});

test("before the start the microphone shows its level and the voice is heard; both are let go", async ({ person, page }) => {
  await person.open();
  await person.button("Microphone").click();
  const level = page.getByRole("meter", { name: "Mic level" });
  await expect(level).toBeVisible();
  const moves = expect.poll(() => level.evaluate((bar: HTMLMeterElement) => bar.value)).toBeGreaterThan(0.2);
  await person.say("One, two, three, four, five, six, seven.");
  await moves;
  await hasNoBarrier(page);
  await page.keyboard.press("Escape");
  await expect(level).toHaveCount(0);
  await expect(person.button("Microphone")).toBeFocused();
  await expect.poll(() => page.evaluate(() => window.probe.liveTracks())).toBe(0);

  await person.button("Voice").click();
  await page.getByRole("button", { name: "Preview" }).click();
  await expect(page.getByRole("button", { name: "Stop" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Preview" })).toBeVisible();
  await hasNoBarrier(page);
  await page.mouse.click(5, 200);
  await expect(page.getByRole("button", { name: "Preview" })).toHaveCount(0);
});

test("no key ends a call that was just begun, whatever it was begun with", async ({ person, page }) => {
  const begun = async (begin: () => Promise<void>) => {
    await person.open();
    await begin();
    await expect(person.button("End Session")).toBeVisible();
    const press = async () => {
      for (const key of ["Space", "Enter", "Space"]) await page.keyboard.press(key);
    };
    await press();
    await expect(person.button("Interrupt AI")).toBeVisible();
    await press();
    await expect(person.button("End Session")).toBeVisible();
  };
  await begun(() => person.button("Start Conversation").click());
  await begun(() => person.button("Start Conversation").press("Enter"));
  await begun(() => person.button("Start Conversation").press("Space"));
  await begun(() => person.button("“Tell me a story.”").press("Space"));
  await begun(() => person.button("“Tell me a story.”").click());
  await begun(() => person.button("Type instead").press("Enter"));
  await begun(() => person.button("Type instead").click());
});
