import { activeSessions, expect, test } from "./harness";

test("End Session leaves no track, no context, no connection and no session", async ({ person, page }) => {
  await person.open();
  await person.start();
  await person.say("What time is it in London?");
  await person.hearsVoice();
  expect(await activeSessions()).toBe(1);
  await person.button("End Session").click();
  await expect(page.getByText("Conversation ended", { exact: true })).toBeVisible();
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
  await expect(page.getByRole("alert")).toContainText("Microphone access is blocked.");
  await expect(page.getByRole("alert")).toContainText("choose Allow");
  await expect.poll(activeSessions).toBe(0);
  await page.reload();
  await person.start();
});

test("a missing and a busy microphone have their own words", async ({ person, page }) => {
  await person.open();
  for (const [name, words] of [
    ["NotFoundError", "No microphone found."],
    ["NotReadableError", "Another app is using your microphone."],
  ] as const) {
    await page.evaluate((errorName) => {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", errorName));
    }, name);
    await page.getByRole("button", { name: /Start Conversation|Try again/ }).click();
    await expect(page.getByRole("alert")).toContainText(words);
  }
});

test("a full gateway is waited for, with a countdown, and the conversation starts by itself", async ({ person, page }) => {
  await person.open();
  await page.route("**/api/session/create", (route) =>
    route.fulfill({
      status: 503,
      headers: { "Retry-After": "2", "Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After" },
      contentType: "application/problem+json",
      body: JSON.stringify({ title: "Too many sessions", code: "too_many_sessions" }),
    }),
  );
  await person.button("Start Conversation").click();
  await expect(page.getByRole("alert")).toContainText("All conversations are in use.");
  await expect(page.getByText("Retrying in")).toBeVisible();
  await person.button("Cancel").click();
  await expect(page.getByRole("timer")).toHaveCount(0);
  await person.button("Try again").click();
  await expect(page.getByRole("timer")).toBeVisible();
  await page.unroute("**/api/session/create");
  await expect(page.getByText("Listening", { exact: true })).toBeVisible();
});
