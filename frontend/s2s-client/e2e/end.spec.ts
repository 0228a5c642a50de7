import { spawn } from "node:child_process";
import { expect, test } from "./harness";
import { freePort, gatewayCommand } from "./machine";

const GATEWAY = `http://127.0.0.1:${process.env["E2E_GATEWAY_PORT"] ?? ""}`;

async function activeSessions(): Promise<number> {
  const health = (await (await fetch(`${GATEWAY}/health`)).json()) as { sessions: { active: number } };
  return health.sessions.active;
}

test("End Session leaves no track, no context, no connection and no session", async ({ person, page }) => {
  await person.open();
  await person.start();
  await person.say("What time is it in London?");
  await person.hearsVoice();
  expect(await activeSessions()).toBe(1);
  await person.button("End Session").click();
  await expect(page.getByText("Session ended", { exact: true })).toBeVisible();
  await page.waitForFunction(
    () => window.probe.liveTracks() + window.probe.openContexts() + window.probe.openPeers() === 0,
  );
  await expect.poll(activeSessions).toBe(0);
  await expect(person.transcript.getByText(/london/i).first()).toBeVisible();
  await person.start();
});

test("leaving the page ends the session at the gateway", async ({ person, page }) => {
  await person.open();
  await person.start();
  expect(await activeSessions()).toBe(1);
  await page.goto("about:blank");
  await expect.poll(activeSessions).toBe(0);
});

test("a refused microphone is told in plain words, with the remedy, and leaves no session behind", async ({ person, page }) => {
  await person.open();
  await page.evaluate(() => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("denied", "NotAllowedError"));
  });
  await person.button("Start Conversation").click();
  await expect(page.getByRole("alert")).toContainText("The microphone was not allowed.");
  await expect(page.getByRole("alert")).toContainText("allow the microphone for this page");
  await expect.poll(activeSessions).toBe(0);
  await page.reload();
  await person.start();
});

test("a missing and a busy microphone have their own words", async ({ person, page }) => {
  await person.open();
  for (const [name, words] of [
    ["NotFoundError", "No microphone was found."],
    ["NotReadableError", "The microphone is in use by another program."],
  ] as const) {
    await page.evaluate((errorName) => {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", errorName));
    }, name);
    await page.getByRole("button", { name: /Start Conversation|Try again/ }).click();
    await expect(page.getByRole("alert")).toContainText(words);
  }
});

test("a killed gateway is noticed and told, and so is one that does not answer", async ({ person, page, baseURL }) => {
  const port = freePort();
  const { command, cwd, env } = gatewayCommand(port, baseURL!);
  const gateway = spawn(`exec ${command}`, { shell: true, cwd, env: { ...process.env, ...env }, stdio: "ignore" });
  try {
    await expect.poll(async () => (await fetch(`http://127.0.0.1:${port}/health`).catch(() => null))?.status).toBe(200);
    await page.route(`${GATEWAY}/api/**`, (route) =>
      route.continue({ url: route.request().url().replace(GATEWAY, `http://127.0.0.1:${port}`) }),
    );
    await person.open();
    await person.start();
    gateway.kill("SIGKILL");
    await expect(page.getByRole("alert")).toContainText("The connection was lost.");
    await person.button("Try again").click();
    await expect(page.getByRole("alert")).toContainText("The gateway does not answer.");
  } finally {
    gateway.kill("SIGKILL");
  }
});

test("a full gateway asks to wait", async ({ person, page }) => {
  await person.open();
  await page.route("**/api/session/create", (route) =>
    route.fulfill({
      status: 503,
      headers: { "Retry-After": "5", "Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After" },
      contentType: "application/problem+json",
      body: JSON.stringify({ title: "Too many sessions", code: "too_many_sessions" }),
    }),
  );
  await person.button("Start Conversation").click();
  await expect(page.getByRole("alert")).toContainText("Try again in 5 seconds.");
});
