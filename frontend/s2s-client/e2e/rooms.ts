/** Every part of the page that is fetched only when it is opened is opened once, as a person does it. */
import type { Page } from "@playwright/test";
import { expect } from "./harness";

/** Opens what is behind a button, has a look, and closes it. */
async function looksInto(page: Page, button: string | RegExp, title: string, look: (dialog: ReturnType<Page["getByRole"]>) => Promise<void>): Promise<void> {
  await page.getByRole("button", { name: button, exact: true }).click();
  const dialog = page.getByRole("dialog", { name: title });
  await look(dialog);
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);
}

/** A gateway that wants to know who calls. The one of the story does not: its answer is changed on the way. */
export async function opensSignIn(page: Page, url: string): Promise<void> {
  await page.route("**/api/options", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...((await response.json()) as object), auth: "key", may_call: false } });
  });
  await page.goto(url);
  await expect(page.getByLabel("Your key")).toBeVisible();
  await page.unroute("**/api/options");
}

/** Before a call. */
export async function opensSettings(page: Page): Promise<void> {
  for (const [menu, holds] of [["Microphone", page.getByRole("meter", { name: "Mic level" })], ["Voice", page.getByRole("button", { name: "Preview" })]] as const) {
    await page.getByRole("button", { name: menu, exact: true }).click();
    await expect(holds).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(holds).toHaveCount(0);
  }
  await looksInto(page, "Settings", "Settings", async (settings) => {
    await settings.getByRole("tab", { name: "AI", exact: true }).click();
    await settings.getByLabel("Voice", { exact: true }).selectOption("Kore");
    await settings.getByRole("button", { name: "Preview Kore" }).click();
    const heard = settings.getByRole("progressbar", { name: "Preview progress" });
    await expect.poll(() => heard.evaluate((bar: HTMLProgressElement) => bar.value)).toBeGreaterThan(0);
  });
  await page.getByRole("button", { name: "Conversation details" }).click();
  await looksInto(page, "Keyboard shortcuts", "Keyboard shortcuts", (keys) => expect(keys).toBeVisible());
  await page.keyboard.press("Escape");
}

/** In a call, after an answer. */
export async function opensWhatACallHas(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Conversation details" }).click();
  await looksInto(page, /^Replied in/, "Response time", (waits) => expect(waits.getByRole("list").first()).toBeVisible());
  await looksInto(page, "Free (local)", "Tokens and cost", (costs) => expect(costs.getByText("The local engine is free.")).toBeVisible());
  await looksInto(page, "Report a problem", "Report a problem", (report) => expect(report).toBeVisible());
  // Its whole work takes twelve seconds and is in a story of its own; here it begins, and is broken off.
  await looksInto(page, "Connection test", "Connection test", async (doctor) => {
    await doctor.getByRole("button", { name: "Start test" }).click();
    await expect(doctor.getByRole("meter", { name: "Mic level" })).toBeVisible();
  });
  await looksInto(page, "Connect Gemini", "Connect Gemini", (how) => expect(how).toBeVisible());
  await page.getByRole("button", { name: "Share an image, camera or screen" }).click();
  const frame = page.waitForResponse("**/image?source=camera");
  await page.getByRole("button", { name: "Camera", exact: true }).click();
  expect((await frame).status()).toBe(204);
  await page.getByRole("button", { name: "Stop sharing" }).click();
}

/** After a call. */
export async function opensWhatIsLeft(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Search the transcript" }).click();
  await expect(page.getByRole("textbox", { name: "Search the transcript" })).toBeFocused();
  await page.keyboard.press("Escape");
  await looksInto(page, "Timeline", "Timeline", async (line) => {
    await expect(line.getByRole("list", { name: "What happened" })).toContainText(/london/i);
    await line.getByRole("button", { name: "Play", exact: true }).click();
    await expect(line.getByRole("button", { name: "Pause" })).toBeVisible();
  });
  await page.getByRole("button", { name: "Download", exact: true }).click();
  for (const file of [/^Audio \(Opus\)/, /^Everything/]) {
    const saved = page.waitForEvent("download");
    await page.getByRole("dialog", { name: "Download" }).getByRole("button", { name: file }).click();
    await (await saved).delete();
  }
  await page.keyboard.press("Escape");
  await looksInto(page, "History", "History", (past) => expect(past.getByRole("listitem")).toHaveCount(1));
}
