/** A gateway that wants to know who calls, and pages that do not know it yet. */
import type { Page } from "@playwright/test";
import { hasNoBarrier } from "./audit";
import { expect, GATEWAY, test } from "./harness";
import { freePort, startGateway } from "./machine";

const KEY = "a-key-for-this-story-alone-0123456789";

/** From now on the page's requests, and those of every reload, go to another gateway. */
async function ledTo(page: Page, own: string): Promise<void> {
  await page.route(`${GATEWAY}/**`, (route) => route.continue({ url: route.request().url().replace(GATEWAY, own) }));
}

test("a key is asked for before the microphone, a wrong one is told, the right one is kept in the tab until one signs out", async ({ person, page, baseURL }, info) => {
  const port = freePort();
  // Else a page of this machine would need nothing.
  const gateway = await startGateway(port, baseURL!, { S2S_AUTH: "key", S2S_TRUST_LOCAL: "false", S2S_OPERATOR_KEY: KEY });
  try {
    const own = `http://127.0.0.1:${port}`;
    await expect.poll(async () => (await fetch(`${own}/livez`).catch(() => null))?.status).toBe(200);
    await ledTo(page, own);
    await person.open();
    await page.getByLabel("Your key").fill("a wrong one");
    await page.keyboard.press("Enter");
    await expect(page.getByText(/This key isn’t valid/)).toBeVisible();
    await hasNoBarrier(page);
    await expect(person.button("Conversation details")).toBeInViewport({ ratio: 1 });
    await page.screenshot({ path: info.outputPath("wrong-key.png") });
    await page.getByLabel("Your key").fill(KEY);
    await page.keyboard.press("Enter");
    await expect(person.button("Start Conversation")).toBeFocused();
    expect(await page.evaluate(() => JSON.stringify(Object.entries(localStorage)))).not.toContain(KEY);
    await page.reload();
    await person.start();
    await person.button("End Session").click();
    await person.button("Settings").click();
    await person.opensGroup("Privacy");
    await person.button("Sign out").click();
    await page.keyboard.press("Escape");
    await expect(page.getByLabel("Your key")).toBeVisible();
  } finally {
    gateway.stop();
  }
});

for (const { look, colorScheme, viewport } of [
  { look: "light", colorScheme: "light", viewport: { width: 1280, height: 800 } },
  { look: "dark", colorScheme: "dark", viewport: { width: 1280, height: 800 } },
  { look: "phone", colorScheme: "light", viewport: { width: 360, height: 740 } },
] as const) {
  test.describe(look, () => {
    test.use({ colorScheme, viewport });

    test("each way to sign in says what to do, and has no barrier", async ({ person, page }, info) => {
      for (const [auth, login_url, words] of [
        ["key", "", "Sign in to begin"],
        ["jwt", "https://login.example.org/authorize", "Sign in to begin"],
        ["jwt", "", "You’re not signed in"],
        ["proxy", "", "Your sign-in has ended"],
        ["none", "", "This server isn’t open to visitors yet"],
      ] as const) {
        const options = { voices: [], one_voice: true, tools: [], auth, may_call: false, login_url };
        await page.route("**/api/options", (route) => route.fulfill({ json: options, headers: { "Access-Control-Allow-Origin": "*" } }));
        await person.open();
        await expect(page.getByText(words, { exact: true })).toBeVisible();
        await expect(page.getByRole("group", { name: "Sign in" }).locator("button, a").last()).toBeVisible();
        await hasNoBarrier(page);
        await expect(person.button("Conversation details")).toBeInViewport({ ratio: 1 });
        await page.screenshot({ path: info.outputPath(`${auth}${login_url ? "-login" : ""}.png`) });
        await page.unroute("**/api/options");
      }
    });
  });
}
