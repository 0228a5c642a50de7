/** How one takes turns: speaking over the voice, push-to-talk; and the settings where this is chosen. */
import type { Page } from "@playwright/test";
import { controls, hasNoBarrier } from "./audit";
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
  await person.button("Start Conversation").waitFor();
  await page.keyboard.press("s");
  await expect(page.getByRole("dialog", { name: "Settings" })).toBeVisible();
  await isAccessible(page, info.outputPath("settings.png"));
  await person.button("Test speakers").press("Enter");
  const level = page.getByRole("meter", { name: "Speaker level" });
  await expect.poll(() => level.evaluate((bar: HTMLMeterElement) => bar.value)).toBeGreaterThan(0);
  await expect(person.button("Test speakers")).toBeVisible();
  await page.getByRole("tab", { name: "Devices" }).focus();
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("tab", { name: "AI" })).toBeFocused();
  await page.getByLabel("Voice", { exact: true }).selectOption("Kore");
  await expect(page.getByText("The local engine has a single voice")).toBeVisible();
  await person.button("Preview Kore").press("Enter");
  const sample = page.getByRole("progressbar", { name: "Preview progress" });
  await expect.poll(() => sample.evaluate((bar: HTMLProgressElement) => bar.value)).toBeGreaterThan(0);
  await expect(person.button("Preview Kore")).toBeVisible();
  await page.getByLabel("Style").selectOption("teacher");
  await expect(page.getByLabel("Custom instructions")).toHaveValue(/patient teacher/);
  await page.getByRole("switch", { name: "Weather" }).focus();
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
  const volume = page.getByLabel("Volume");
  await volume.press("ArrowLeft");
  await expect(volume).toHaveValue("95");
  const { width, height } = (await volume.boundingBox())!;
  await volume.click({ position: { x: width / 2, y: height / 2 } });
  await expect(volume).toHaveValue("50");
  await page.keyboard.press("+");
  await expect(volume).toHaveValue("60");
  await page.keyboard.press("c");
  await expect(person.button("Captions")).toHaveAttribute("aria-pressed", "false");
  await person.button("Captions").click();
  await expect(person.button("Captions")).toHaveAttribute("aria-pressed", "true");
  await page.keyboard.press("s");
  await person.opensGroup("AI");
  await page.getByLabel("Voice", { exact: true }).selectOption("Puck");
  await expect(page.getByText("apply to your next conversation")).toBeVisible();
});

test.describe("with a finger", () => {
  test.use({ hasTouch: true, viewport: { width: 390, height: 844 }, colorScheme: "dark" });

  test("on a phone the settings fit, each of them is large enough to be touched, and is kept", async ({ person, page }, info) => {
    await person.open();
    await person.button("Settings").tap();
    const panel = page.getByRole("dialog", { name: "Settings" });
    await expect(panel.getByRole("tab")).toHaveCount(6);
    for (const tab of await panel.getByRole("tab").all()) {
      await tab.tap();
      const group = (await tab.textContent()) ?? "";
      if (group === "AI") await expect(page.getByRole("switch", { name: "Weather" })).toBeVisible();
      await isAccessible(page, info.outputPath(`settings-phone-${group}.png`));
      for (const { name, width, height } of await controls(page)) expect(Math.min(width, height), name).toBeGreaterThanOrEqual(24);
      for (const choice of await panel.getByRole("combobox").all()) {
        const values = await choice.locator("option").evaluateAll((options) => options.map((one) => (one as HTMLOptionElement).value));
        const other = values.find((value) => value !== "" && !["automatic", "normal", "device", "system"].includes(value));
        // This machine has no loudspeakers to choose from.
        if (other !== undefined) await choice.selectOption(other);
      }
      for (const one of await panel.getByRole("switch").all()) {
        const before = await one.isChecked();
        await one.tap();
        await expect(one).toBeChecked({ checked: !before });
      }
      if (group === "Devices") await panel.getByRole("slider", { name: "Volume" }).press("Home");
      if (group === "AI") await panel.getByLabel("Custom instructions").fill("Be brief.");
    }
    const kept = await page.evaluate(() => JSON.parse(localStorage.getItem("s2s-settings") ?? "{}") as Record<string, unknown>);
    expect(kept).toMatchObject({
      voice: "Zephyr", language: "ar-EG", instruction: "Be brief.", tools: [], turnTaking: "push-to-talk", bargeIn: false, sensitivity: "low",
      speakerMode: true, transport: "websocket", robustness: "low-latency", dataUse: "save", captionSize: "small", volume: 0,
      resume: true, shortcuts: false, record: true, sound: true, history: false, theme: "light",
      echoCancellation: false, noiseSuppression: false, autoGain: false, mutedReminder: false,
    });
    await person.button("Close").tap();
    await expect(panel).toHaveCount(0);

    const asked = page.waitForRequest("**/api/session/create");
    await person.button("Start Conversation").tap();
    expect((await asked).postDataJSON()).toEqual({
      voice: "Zephyr", language: "ar-EG", system_instruction: "Be brief.", tools: [], turn_taking: "manual", sensitivity: "low",
    });
    await expect(person.connection).toHaveText(/^Connected over WebSocket, as set in Settings\. Audio is compressed/);
    await person.button("Captions").tap();
    await expect(person.button("Captions")).toHaveAttribute("aria-pressed", "false");
  });
});

test("push-to-talk: only what is said while the space key is down is heard, and a text field keeps its space", async ({ person, page }, info) => {
  await having(page, { turnTaking: "push-to-talk" });
  await person.open();
  await person.button("Start Conversation").click();
  await page.getByText("Your turn", { exact: true }).waitFor();
  // The keyboard stands where a key talks, and not where it ends the call.
  await expect(person.button("Hold to talk")).toBeFocused();
  await page.keyboard.down("Enter");
  await expect(person.button("Listening to you")).toBeVisible();
  await page.keyboard.up("Enter");
  await expect(person.button("Hold to talk")).toBeFocused();
  await isAccessible(page, info.outputPath("push-to-talk.png"));
  await person.say("What's the weather in Paris?");

  await page.keyboard.down("Space");
  await expect(page.getByRole("button", { name: "Listening to you" })).toHaveAttribute("aria-pressed", "true");
  await person.say("What time is it in London?");
  await page.keyboard.up("Space");
  await expect(person.transcript.getByText(/what time is it in london/i)).toBeVisible();
  await expect(person.transcript.getByText(/paris/i)).toHaveCount(0);
  await person.hearsVoice();

  await page.getByLabel("Message").fill("a");
  await page.getByLabel("Message").press("Space");
  await expect(page.getByLabel("Message")).toHaveValue("a ");
  await expect(page.getByRole("button", { name: "Hold to talk" })).toBeVisible();
  // A key that is let go in another window counts as let go.
  await page.getByLabel("Message").blur();
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
  await expect(page.getByText("Mic disconnected. Switched to another one.")).toBeVisible();
  await person.say("What time is it in London?");
  await expect(person.transcript.getByText(/what time is it in london/i)).toBeVisible();
  expect(await page.evaluate(() => window.probe.liveTracks())).toBe(1);
  await person.button("Settings").click();
  await page.getByLabel("Microphone", { exact: true }).selectOption("Built-in");
  await page.keyboard.press("Escape");
  await expect.poll(() => page.evaluate(() => window.probe.liveTracks())).toBe(1);
});
