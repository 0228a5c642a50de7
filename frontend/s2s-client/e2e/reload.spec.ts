/** A page that is loaded anew. */
import { type CreatedSession, endSession, expect, sessions, test } from "./harness";

test.beforeEach(async ({ page }) => {
  await page.addInitScript(() => {
    localStorage.setItem("s2s-settings", JSON.stringify({ resume: true }));
  });
});

test("a reloaded page comes back to its conversation, with its words, and loses none of the next ones", async ({ person, page }) => {
  await person.open();
  await person.start();
  await person.say("What time is it in London?");
  await person.hearsVoice();
  const before = await sessions();
  await page.reload();
  await expect(person.transcript.getByText(/what time is it in london/i)).toBeVisible();
  await page.getByText("Listening", { exact: true }).waitFor();
  await page.mouse.click(5, 5);
  await person.say("What is six times seven?");
  await expect(person.transcript.getByText(/what is six times seven/i)).toBeVisible();
  await person.hearsVoice();
  expect((await sessions()).created).toBe(before.created);
});

test("a conversation that has ended meanwhile goes on in a new session, and its words are still there", async ({ person, page }) => {
  await person.open();
  const created = page.waitForResponse("**/api/session/create");
  await person.start();
  const session = (await (await created).json()) as CreatedSession;
  await page.getByLabel("Message").fill("Hello");
  await page.keyboard.press("Enter");
  await expect(person.transcript.getByText("Hello", { exact: true })).toBeVisible();
  await page.route("**/api/session/**", (route) => route.abort());
  await page.reload({ waitUntil: "commit" });
  await endSession(session);
  await page.unroute("**/api/session/**");
  await expect(page.getByText("Your conversation continues in a new session.")).toBeVisible();
  await expect(person.transcript.getByText("Hello", { exact: true })).toBeVisible();
  await expect(page.getByText("Listening", { exact: true })).toBeVisible();
});
