/** A gateway of the story's own that refuses, warns, ends, is killed and comes back: the conversation goes on. */
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { GATEWAY, expect, test, type Person } from "./harness";
import { freePort, startGateway } from "./machine";

async function isUp(port: string): Promise<void> {
  await expect.poll(async () => (await fetch(`http://127.0.0.1:${port}/health`).catch(() => null))?.status, { timeout: 40_000 }).toBe(200);
}

/** What the page asks of the shared gateway goes to the one at `port`. */
async function leadTo(page: Page, port: string): Promise<void> {
  const own = `http://127.0.0.1:${port}`;
  await page.route(`${GATEWAY}/**`, async (route) => {
    // While nobody listens there the browser sees a refused connection.
    await route.continue({ url: route.request().url().replace(GATEWAY, own) });
  });
  await page.addInitScript(
    ([from, to]) => {
      const Native = window.WebSocket;
      window.WebSocket = class extends Native {
        constructor(url: string | URL, protocols?: string | string[]) {
          super(String(url).replace(from, to), protocols);
        }
      };
    },
    [GATEWAY, own].map((url) => url.replace("http:", "ws:")) as [string, string],
  );
}

async function type(page: Page, text: string): Promise<void> {
  await page.getByLabel("Message").fill(text);
  await page.keyboard.press("Enter");
}

async function isAccessible(page: Page, picture: string): Promise<void> {
  await page.screenshot({ path: picture });
  const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
}

async function tellsItsName(person: Person, page: Page): Promise<void> {
  await type(page, "My name is Ada.");
  await expect(person.transcript.getByText(/ada/i).nth(1)).toBeVisible();
  await person.hearsSilenceAgain();
}

async function isKnown(person: Person, page: Page): Promise<void> {
  const answers = person.transcript.locator(".line.answer");
  const before = await answers.count();
  await type(page, "What did I just say?");
  await expect.poll(() => answers.count()).toBeGreaterThan(before);
  await expect(answers.last()).toContainText("My name is Ada");
}

test("a gateway that is killed and started again knows the conversation, and it goes on by itself", async ({ person, page, baseURL }, info) => {
  const port = freePort();
  let gateway = await startGateway(port, baseURL!);
  try {
    await isUp(port);
    await leadTo(page, port);
    await person.open();
    await person.start();
    await tellsItsName(person, page);
    const killedAt = Date.now();
    gateway.kill();
    await expect(page.getByText("The server stopped responding")).toBeVisible();
    info.annotations.push({ type: "told after", description: `${Date.now() - killedAt} ms` });
    gateway.stop();
    const startedAt = Date.now();
    gateway = await startGateway(port, baseURL!);
    await isUp(port);
    const upAt = Date.now();
    await expect(page.getByText("The server restarted. Your conversation continues.")).toBeVisible();
    info.annotations.push({ type: "gateway up after", description: `${upAt - startedAt} ms` });
    info.annotations.push({ type: "goes on after that", description: `${Date.now() - upAt} ms` });
    await expect(page.getByText("Listening", { exact: true })).toBeVisible();
    await expect(person.transcript.getByText("My name is Ada.", { exact: true })).toBeVisible();
    await isAccessible(page, info.outputPath("goes-on.png"));
    await isKnown(person, page);
    await person.button("End Session").click();
  } finally {
    gateway.stop();
  }
});

test("a limit is announced with a countdown, ends the conversation with its reason, and Continue goes on with what was said", async ({ person, page, baseURL }, info) => {
  const port = freePort();
  const gateway = await startGateway(port, baseURL!, { S2S_IDLE_MINUTES: "0.25" });
  try {
    await isUp(port);
    await leadTo(page, port);
    await person.open();
    await person.start();
    await tellsItsName(person, page);
    // Pressed, and the next one read, as soon as it is there: the limit is short, and a busy machine is slow.
    await page.evaluate(() => {
      const { dataset } = document.body;
      new MutationObserver(() => {
        const button = [...document.querySelectorAll("button")].find((one) => one.textContent === "I’m still here");
        if (!button) {
          if (dataset["stayed"]) dataset["alone"] = "true";
        } else if (!dataset["stayed"]) {
          dataset["stayed"] = "true";
          button.click();
        } else if (dataset["alone"] && button.checkVisibility()) {
          dataset["warned"] ??= document.querySelector("[data-code=idle_limit_near]")?.textContent;
        }
      }).observe(document.body, { subtree: true, childList: true });
    });
    await expect(page.locator("body[data-stayed]")).toBeAttached();
    // It is taken back for as long again, and then nobody says anything.
    await expect(page.locator("body")).toHaveAttribute("data-warned", /^Still there\? Say something to keep going\..*Ends in \d s/);
    await expect(page.getByText("The conversation ended because no one spoke for a while.")).toBeVisible();
    await isAccessible(page, info.outputPath("idle-end.png"));
    await person.button("Continue").click();
    await page.getByText("Listening", { exact: true }).waitFor();
    await expect(person.transcript.getByText("My name is Ada.", { exact: true })).toBeVisible();
    await isKnown(person, page);
  } finally {
    gateway.stop();
  }
});

test("a setting that a running conversation cannot take is taken by a restart, which goes on with what was said", async ({ person, page }, info) => {
  await person.open();
  await person.start();
  await tellsItsName(person, page);
  await person.button("Settings").click();
  await expect(page.getByText("Saved on this device only.")).toBeVisible();
  await person.opensGroup("Conversation");
  await page.getByLabel("Turn-taking").selectOption("push-to-talk");
  await expect(page.getByText("Some changes apply to your next conversation.")).toBeVisible();
  await isAccessible(page, info.outputPath("restart.png"));
  await person.button("Restart now").click();
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(person.button("Hold to talk")).toBeVisible();
  await expect(page.getByText("Your turn", { exact: true })).toBeVisible();
  await expect(person.transcript.getByText("My name is Ada.", { exact: true })).toBeVisible();
  await isKnown(person, page);
  await person.button("Settings").click();
  await expect(page.getByText("Saved on this device only.")).toBeVisible();
});

test("a problem is reported with consent, and the file's name is told; after the call, too", async ({ person, page }, info) => {
  await person.open();
  await expect(person.button("Report a problem")).toHaveCount(0);
  await person.start();
  await person.opensDetails();
  await person.button("Report a problem").click();
  const dialog = page.getByRole("dialog", { name: "Report a problem" });
  await expect(dialog.getByText("Keys and passwords are never included.")).toBeVisible();
  await isAccessible(page, info.outputPath("report.png"));
  await dialog.getByRole("button", { name: "Send report" }).click();
  await expect(dialog.getByRole("checkbox")).toBeFocused();
  await dialog.getByRole("checkbox").check();
  await dialog.getByLabel("What went wrong? (optional)").fill("The voice stopped.");
  await dialog.getByRole("button", { name: "Send report" }).click();
  await expect(dialog.locator("code")).toHaveText(/\S+/);
  await isAccessible(page, info.outputPath("reported.png"));
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);

  await person.button("End Session").click();
  await page.route("**/report", (route) =>
    route.fulfill({
      status: 507,
      headers: { "Access-Control-Allow-Origin": "*" },
      contentType: "application/problem+json",
      body: JSON.stringify({ code: "report_not_saved" }),
    }),
  );
  await person.opensDetails();
  await person.button("Report a problem").click();
  await dialog.getByRole("checkbox").check();
  await dialog.getByRole("button", { name: "Send report" }).click();
  await expect(dialog.getByRole("alert")).toContainText("The report couldn’t be saved.");
  await page.unroute("**/report");
  await dialog.getByRole("button", { name: "Send report" }).click();
  await expect(dialog.locator("code")).toHaveText(/\S+/);
});
