/**
 * A person talks with the real page for a minute while every picture that the browser shows is kept: a question, its
 * answer word by word, a tool, an interruption, what the waiting time consists of, the call as a line.
 * `make tour` makes docs/tour.webp of it. Look at it before it is committed.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Page } from "@playwright/test";
import { expect, type Person, test } from "../harness";

const OUT = process.env["TOUR_FILE"] ?? resolve(import.meta.dirname, "../../../../docs/tour.webp");
const PICTURES_A_SECOND = 8;

test.use({ viewport: { width: 1000, height: 640 }, colorScheme: "light" });

test("the tour", async ({ person, page }, info) => {
  await person.open();
  const film = await record(page, info.outputPath("pictures"));
  await film.rest(1_500);
  await person.start();
  await film.rest(1_000);
  await person.say("What time is it in Tokyo?");
  await person.hearsSilenceAgain();
  await isInterrupted(person, film);
  await page.getByRole("button", { name: /^Answered in/ }).click();
  await film.rest(4_000);
  await page.keyboard.press("Escape");
  await person.button("End Session").click();
  await film.rest(1_500);
  await looksBack(page, film);
  await film.save(OUT);
});

async function isInterrupted(person: Person, film: Film): Promise<void> {
  await person.listenAnew();
  await person.say("Tell me a story.");
  await person.hearsVoice();
  await film.rest(4_000);
  await person.say("What time is it in London?");
  await expect(person.transcript.locator("s").first()).toBeVisible();
  await expect(person.transcript).toContainText(/London/);
  await person.hearsVoice();
  await person.hearsSilenceAgain();
}

async function looksBack(page: Page, film: Film): Promise<void> {
  await page.getByRole("button", { name: "Time line", exact: true }).click();
  await film.rest(1_500);
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await film.rest(5_000);
}

interface Film {
  /** Time to look: the only thing that a film needs and a story must not have. */
  rest(ms: number): Promise<void>;
  save(path: string): Promise<void>;
}

/** Keeps what the browser shows, each picture with the time until the next. */
async function record(page: Page, folder: string): Promise<Film> {
  mkdirSync(folder, { recursive: true });
  const browser = await page.context().newCDPSession(page);
  const shownAtS: number[] = [];
  browser.on("Page.screencastFrame", ({ data, metadata, sessionId }) => {
    writeFileSync(`${folder}/${shownAtS.length}.jpg`, Buffer.from(data, "base64"));
    shownAtS.push(metadata.timestamp ?? Date.now() / 1000);
    void browser.send("Page.screencastFrameAck", { sessionId });
  });
  await browser.send("Page.startScreencast", { format: "jpeg", quality: 92, everyNthFrame: 3 });
  return {
    rest: (ms) => page.waitForTimeout(ms),
    async save(path) {
      await browser.send("Page.stopScreencast");
      const list = shownAtS.map((at, picture) => `file ${picture}.jpg\nduration ${((shownAtS[picture + 1] ?? at + 2) - at).toFixed(3)}`);
      writeFileSync(`${folder}/list.txt`, list.join("\n"));
      const input = ["-v", "error", "-y", "-f", "concat", "-i", `${folder}/list.txt`, "-vf", `fps=${PICTURES_A_SECOND},scale=800:-2:flags=lanczos`];
      const small = ["-c:v", "libwebp_anim", "-lossless", "0", "-quality", "45", "-compression_level", "6", "-loop", "0"];
      execFileSync("ffmpeg", [...input, ...small, path], { stdio: "inherit" });
      console.log(`${path}: ${Math.round((shownAtS.at(-1) ?? 0) - (shownAtS[0] ?? 0))} s, ${shownAtS.length} pictures`);
    },
  };
}
