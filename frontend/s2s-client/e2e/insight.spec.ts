/** What the page finds out about itself: waiting times, costs, and the connection. */
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, sessions, test } from "./harness";

async function isAccessible(page: Page, picture: string): Promise<void> {
  await page.screenshot({ path: picture });
  const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
}

const milliseconds = (text: string): number => (text.includes(" ms") ? parseFloat(text) : 1000 * parseFloat(text));

test("after a turn one sees by keyboard alone how long it took and why, what it cost, and how Gemini is connected", async ({ person, page }, info) => {
  await person.open();
  await person.start();
  await person.say("Tell me a story.");
  await person.hearsVoice();
  await page.waitForFunction(() => window.probe.heardFrames() > 100);
  await person.button("Interrupt AI").click();

  await person.opensDetails();
  const badge = page.getByRole("button", { name: /^Replied in/ });
  await badge.focus();
  await page.keyboard.press("Enter");
  const waits = page.getByRole("dialog", { name: "Response time" });
  await expect(waits.getByText("Time to stop", { exact: true })).toBeVisible();
  await expect(waits.getByText(/accurate to about \d+ ms: half of the fastest round trip/)).toBeVisible();
  const rows = waits.getByRole("list").locator(".ms");
  await expect(rows).toHaveCount(6);
  await isAccessible(page, info.outputPath("latency.png"));
  const parts = (await rows.allTextContents()).map(milliseconds);
  const total = milliseconds((await waits.getByRole("heading", { level: 3 }).first().textContent())!.replace("Reply 1: ", ""));
  // Each is shown rounded, the total above a second to a tenth of it.
  expect(Math.abs(parts.reduce((sum, ms) => sum + ms, 0) - total)).toBeLessThanOrEqual(103);
  await waits.getByRole("button", { name: "Reply 1" }).focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await expect(badge).toBeFocused();

  // Counted when the turn is over.
  await expect(person.button("Free (local)")).toBeVisible();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  const costs = page.getByRole("dialog", { name: "Tokens and cost" });
  await expect(costs.getByRole("row", { name: /Audio out [1-9]/ })).toBeVisible();
  await expect(costs.getByText("The local engine is free.")).toBeVisible();
  await isAccessible(page, info.outputPath("cost.png"));
  await page.keyboard.press("Escape");

  await person.button("Connect Gemini").focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog").getByText("GEMINI_API_KEY=your-key")).toBeVisible();
  await isAccessible(page, info.outputPath("connect.png"));
  await page.keyboard.press("Escape");

  await person.opensDetails();
  await page.getByRole("button", { name: "Connection test" }).focus();
  await page.keyboard.press("Enter");
  const before = await sessions();
  const doctor = await person.isExamined();
  const found = await doctor.getByRole("listitem").filter({ has: page.locator(".title") }).allTextContents();
  for (const title of ["Browser", "Server", "AI service", "Local engine", "Microphone", "Echo", "Direct connection (UDP)", "Fallback (WebSocket)"]) {
    expect(found.find((text) => text.startsWith(title))).toContain(`${title}OK`);
  }
  // How good the network is depends on what else this machine does; that it was measured does not.
  expect(found.find((text) => text.startsWith("Network quality"))).toMatch(/Round trip \d+ ms, jitter \d+ ms, \d+(\.\d)? % lost of 100/);
  await isAccessible(page, info.outputPath("doctor.png"));
  await page.keyboard.press("Escape");
  // The screen of a phone, on which all of it still finds its place.
  await page.setViewportSize({ width: 390, height: 844 });
  await isAccessible(page, info.outputPath("phone.png"));
  expect((await sessions()).created).toBe(before.created);
  await expect(person.button("Mute")).toBeVisible();
  // Of the call's own: one microphone and one peer connection.
  expect(await page.evaluate(() => [window.probe.liveTracks(), window.probe.openPeers()])).toEqual([1, 1]);
});
