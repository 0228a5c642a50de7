/** How the page looks in WebKitGTK: pictures to be looked at, and what can be measured in them. */
import type { TestInfo } from "@playwright/test";
import { Key } from "selenium-webdriver";
import type { Person } from "./person";
import { expect, test } from "./world";

const ROOMS = ["History", "Keyboard shortcuts", "Settings"] as const;

async function isSeen(person: Person, gateway: string, info: TestInfo): Promise<void> {
  const keep = async (name: string) => {
    await person.keepsPicture(info.outputPath(`${name}.png`));
    expect(await person.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth"), name).toBe(0);
  };
  await person.driver.get(`${gateway}/app/`);
  await person.reads(/Talk to AI/);
  await isRound(person);
  await keep("idle");
  await person.start();
  await person.types("Tell me a story.");
  await person.reads(/^Speaking$/m);
  await person.readsInTranscript(/AI\s+\S+/);
  await isRound(person);
  await keep("speaking");
  await person.press("Interrupt AI");
  await person.sees("[role=log] s");
  await keep("interrupted");
  // A phone has no keys, so their list has no button there.
  const narrow = await person.run<boolean>("return innerWidth < 600");
  for (const room of narrow ? [ROOMS[0], ROOMS[2]] : ROOMS) {
    await person.press(room);
    await person.sees("dialog[open]");
    await keep(room);
    await person.key(Key.ESCAPE);
    await person.seesNo("dialog[open]");
  }
  await person.press("End Session");
  await person.reads(/Saved on this device, under History/);
  await keep("ended");
}

async function isRound(person: Person): Promise<void> {
  const { width, height } = await (await person.sees("canvas.wave")).getRect();
  expect(height).toBe(width);
  expect(width).toBeGreaterThan(100);
}

test("idle, speaking, interrupted, each dialog, ended; by day", async ({ person, site }, info) => {
  await isSeen(person, site.gateway, info);
});

test.describe("in the dark", () => {
  test.use({ manners: ["--dark-mode"] });

  test("idle, speaking, interrupted, each dialog, ended; by night, and as narrow as a phone", async ({ person, site }, info) => {
    expect(await person.run("return matchMedia('(prefers-color-scheme: dark)').matches")).toBe(true);
    await person.driver.manage().window().setRect({ x: 0, y: 0, width: 420, height: 850 });
    await isSeen(person, site.gateway, info);
  });
});
