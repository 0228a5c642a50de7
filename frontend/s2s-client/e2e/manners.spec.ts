/** How one takes turns: speaking over the voice, push-to-talk; and the settings where this is chosen. */
import type { Page } from "@playwright/test";
import { hasNoBarrier } from "./audit";
import { expect, test } from "./harness";

async function isAccessible(page: Page, picture: string): Promise<void> {
  await page.screenshot({ path: picture });
  await hasNoBarrier(page);
}

async function having(page: Page, settings: object): Promise<void> {
  await page.addInitScript((kept) => {
    localStorage.setItem("s2s-settings", kept);
  }, JSON.stringify(settings));
}

test("the voice is quieter before it is silent when one speaks over it", async ({ person, page }) => {
  await person.open();
  await person.start();
  await person.say("Tell me a story.");
  await person.hearsVoice();
  // The words keep step with the voice: those to come are softer.
  await expect.poll(() => page.evaluate(() => CSS.highlights.has("ahead"))).toBe(true);
  // The ear knows its own voice after the first second.
  await page.waitForFunction(() => window.probe.heardFrames() > 250);
  const said = person.say("Excuse me, what time is it in London?");
  await page.waitForFunction(() => window.probe.ducks().length > 0);
  await expect(person.transcript.locator("s").first()).toBeVisible();
  await said;
});

test("the settings are reached, read and changed by keyboard alone, kept, and sent with the next conversation", async ({ person, page }, info) => {
  await person.open();
  await page.keyboard.press("s");
  await expect(page.getByRole("dialog", { name: "Settings" })).toBeVisible();
  await isAccessible(page, info.outputPath("settings.png"));
  await page.getByLabel("Voice", { exact: true }).selectOption("Kore");
  await expect(page.getByText("The local engine has one voice")).toBeVisible();
  await person.button("Hear Kore").press("Enter");
  const sample = page.getByRole("progressbar", { name: "How much of the sample has been heard" });
  await expect.poll(() => sample.evaluate((bar: HTMLProgressElement) => bar.value)).toBeGreaterThan(0);
  await expect(person.button("Hear Kore")).toBeVisible();
  await person.button("Test the loudspeaker").press("Enter");
  const level = page.getByRole("meter", { name: "Level of the loudspeaker" });
  await expect.poll(() => level.evaluate((bar: HTMLMeterElement) => bar.value)).toBeGreaterThan(0);
  await expect(person.button("Test the loudspeaker")).toBeVisible();
  await page.getByLabel("Manner").selectOption("teacher");
  await expect(page.getByLabel("Own instructions")).toHaveValue(/patient teacher/);
  await page.getByRole("switch", { name: "Get weather" }).focus();
  await page.keyboard.press("Space");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);

  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
  await isAccessible(page, info.outputPath("keys.png"));
  await page.keyboard.press("Escape");

  await page.reload();
  const asked = page.waitForRequest("**/api/session/create");
  await person.start();
  const wishes = (await asked).postDataJSON() as { voice: string; tools: string[]; system_instruction: string };
  expect(wishes.voice).toBe("Kore");
  expect(wishes.system_instruction).toContain("patient teacher");
  expect(wishes.tools).not.toContain("get_weather");
  expect(wishes.tools).toContain("get_current_time");
  await page.keyboard.press("m");
  await expect(person.button("Muted")).toBeVisible();
  await page.keyboard.press("s");
  await page.getByLabel("Voice", { exact: true }).selectOption("Puck");
  await expect(page.getByText("need a new conversation")).toBeVisible();
});

test("on a phone the settings fit, in the dark, too", async ({ person, page }, info) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: "dark" });
  await person.open();
  await person.button("Settings").click();
  await expect(page.getByRole("switch", { name: "Get weather" })).toBeVisible();
  await isAccessible(page, info.outputPath("settings-phone.png"));
});

test("push-to-talk: only what is said while the space key is down is heard, and a text field keeps its space", async ({ person, page }, info) => {
  await having(page, { turnTaking: "push-to-talk" });
  await person.open();
  await person.button("Start Conversation").click();
  await page.getByText("Your turn", { exact: true }).waitFor();
  await isAccessible(page, info.outputPath("push-to-talk.png"));
  await person.say("What's the weather in Paris?");

  await page.keyboard.down("Space");
  await expect(page.getByRole("button", { name: "Listening to you" })).toHaveAttribute("aria-pressed", "true");
  await person.say("What time is it in London?");
  await page.keyboard.up("Space");
  await expect(person.transcript.getByText(/what time is it in london/i)).toBeVisible();
  await expect(person.transcript.getByText(/paris/i)).toHaveCount(0);
  await person.hearsVoice();

  await page.getByLabel("Type to the AI").fill("a");
  await page.getByLabel("Type to the AI").press("Space");
  await expect(page.getByLabel("Type to the AI")).toHaveValue("a ");
  await expect(page.getByRole("button", { name: "Hold to talk" })).toBeVisible();
  // A key that is let go in another window counts as let go.
  await page.getByLabel("Type to the AI").blur();
  await page.keyboard.down("Space");
  await expect(page.getByRole("button", { name: "Listening to you" })).toBeVisible();
  await page.evaluate(() => window.dispatchEvent(new Event("blur")));
  await expect(page.getByRole("button", { name: "Hold to talk" })).toBeVisible();
});

test("a microphone that is pulled out is replaced in mid-call, and the person is told", async ({ person, page }) => {
  await page.addInitScript(() => {
    const device = (deviceId: string, label: string) => ({ kind: "audioinput", deviceId, label, groupId: "" });
    navigator.mediaDevices.enumerateDevices = () => Promise.resolve([device("a", "Headset"), device("b", "Built-in")] as MediaDeviceInfo[]);
  });
  await person.open();
  await person.start();
  await page.evaluate(() => {
    window.probe.unplug();
  });
  await expect(person.transcript.getByText("The microphone is gone. Another one listens now.")).toBeVisible();
  await person.say("What time is it in London?");
  await expect(person.transcript.getByText(/what time is it in london/i)).toBeVisible();
  expect(await page.evaluate(() => window.probe.liveTracks())).toBe(1);
  await person.button("Settings").click();
  await page.getByLabel("Microphone", { exact: true }).selectOption("Built-in");
  await page.keyboard.press("Escape");
  await expect.poll(() => page.evaluate(() => window.probe.liveTracks())).toBe(1);
});
