/** What a browser keeps of conversations, and what it takes to be rid of it. */
import type { Page } from "@playwright/test";
import { hasNoBarrier } from "./audit";
import { expect, type Person, test } from "./harness";

/** Said by nothing on the page itself. */
const QUESTION = "What is 6 times 7?";

test("of a call that ended localStorage holds nothing, and no sound is kept anywhere before the switch is on", async ({ person, page }) => {
  await page.addInitScript(() => { localStorage.setItem("s2s-call", "left by an earlier version"); });
  await person.open();
  const created = page.waitForResponse("**/api/session/create");
  await aTypedCall(person);
  const { session_id } = (await (await created).json()) as { session_id: string };
  const kept = await storedBy(page);
  for (const secret of [session_id, QUESTION, "left by"]) expect(kept.localStorage + kept.sessionStorage).not.toContain(secret);
  expect(kept.calls).toEqual([{ words: true, sound: false }]);
  await person.button("Timeline").click();
  await expect(page.getByText("turn on “Keep the sound of my conversations”")).toBeVisible();
  await page.keyboard.press("Escape");

  await page.reload();
  await person.keepsSound();
  await aTypedCall(person);
  expect((await storedBy(page)).calls).toContainEqual({ words: true, sound: true });
});

async function aTypedCall(person: Person): Promise<void> {
  await person.start();
  await person.page.getByLabel("Message").fill(QUESTION);
  await person.page.keyboard.press("Enter");
  await person.hearsVoice();
  await person.hearsSilenceAgain();
  await person.button("End Session").click();
  await expect(person.page.getByText("Saved on this device, under History")).toBeVisible();
}

interface Stored {
  readonly localStorage: string;
  readonly sessionStorage: string;
  readonly calls: readonly { readonly words: boolean; readonly sound: boolean }[];
}

/** Everything that this browser keeps of the page, read behind its back. */
async function storedBy(page: Page): Promise<Stored> {
  return page.evaluate(async () => {
    const settled = <Result>(request: IDBRequest<Result>) =>
      new Promise<Result>((resolve, reject) => {
        request.onsuccess = () => { resolve(request.result); };
        request.onerror = () => { reject(new Error(request.error?.message)); };
      });
    const files: (Blob | ArrayBuffer)[] = [];
    for (const { name } of await indexedDB.databases()) {
      const database = await settled(indexedDB.open(name ?? ""));
      if (database.objectStoreNames.contains("files")) {
        files.push(...(await settled(database.transaction("files").objectStore("files").getAll() as IDBRequest<(Blob | ArrayBuffer)[]>)));
      }
      database.close();
    }
    const texts = await Promise.all(files.map((file) => new Blob([file]).text()));
    const entries = (storage: Storage) => JSON.stringify(Object.entries(storage));
    return {
      localStorage: entries(localStorage),
      sessionStorage: entries(sessionStorage),
      calls: texts.map((text) => ({ words: text.includes("6 times 7"), sound: text.includes("pcm16le") })),
    };
  });
}

test("one button deletes everything of mine: on this device, and the report at the service", async ({ person, page }, info) => {
  await person.open();
  await person.keepsSound();
  await aTypedCall(person);
  await person.opensDetails();
  await person.button("Report a problem").click();
  const report = page.getByRole("dialog", { name: "Report a problem" });
  await report.getByRole("checkbox").check();
  await person.button("Send report").click();
  await expect(report.locator("code")).toHaveText(/^report-/);
  await page.keyboard.press("Escape");
  // Another page, which has the key of the reported call from this device only.
  await page.reload();
  await person.button("Settings").click();
  const settings = page.getByRole("dialog", { name: "Settings" });
  await person.opensGroup("Privacy");
  await settings.getByRole("button", { name: "Delete my data" }).click();
  await settings.getByRole("button", { name: "Delete everything? This can’t be undone." }).click();
  await expect(settings.getByText("Everything on this device is deleted.")).toBeVisible();
  await expect(settings.getByText("On the server, 1 report")).toBeVisible();
  await expect(settings.getByText(/^Entries in the server's logs about your conversations/)).toBeInViewport();
  await hasNoBarrier(page);
  await page.screenshot({ path: info.outputPath("deleted.png") });
  expect(await storedBy(page)).toEqual({ localStorage: "[]", sessionStorage: "[]", calls: [] });
  expect(await page.evaluate(async () => (await indexedDB.databases()).length)).toBe(0);
});
