/** What a person does with the built page in Firefox: a real device, the real gateway, the local engine. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import type { Browser, ElementHandle } from "puppeteer-core";
import { build } from "../builtSite";
import { freePort, recognise, startGateway } from "../machine";
import { openFirefox, Person } from "./person";
import { SoundCard } from "./soundCard";

/** A question whose answer is long enough to be cut. */
const LONG = "Tell me a story.";

let card: SoundCard;
let browser: Browser;
let running: Awaited<ReturnType<typeof startGateway>>;
let gateway: string;
let person: Person;

test.beforeAll(async () => {
  const dist = mkdtempSync(join(tmpdir(), "s2s-firefox-"));
  const port = freePort();
  gateway = `http://127.0.0.1:${port}`;
  await build(dist, []);
  running = await startGateway(port, gateway, { S2S_CLIENT_DIR: dist });
  await expect.poll(async () => (await fetch(`${gateway}/health`).catch(() => null))?.status).toBe(200);
  card = await SoundCard.open();
  browser = await openFirefox(card);
});

test.beforeEach(async () => {
  person = await Person.at(browser, card, `${gateway}/app/`);
  await person.start();
  card.loudspeaker.forget();
});

test.afterEach(async () => {
  await person.page.screenshot({ path: test.info().outputPath("end.png") });
  await person.page.close();
  expect(person.faults).toEqual([]);
});

test.afterAll(async () => {
  await browser.close();
  card.close();
  running.stop();
});

test("a spoken question is understood, answered aloud over WebRTC, and both are to be read", async () => {
  expect(await person.words(".connection")).toMatch(/^Connected over WebRTC/);
  await card.say("What time is it in London?");
  await person.readsInTranscript(/what time is it in london/i);
  await card.loudspeaker.hearsSilence();
  const answer = card.loudspeaker.keep(test.info().outputPath("answer.wav"));
  expect(recognise(answer)).toMatch(/london/i);
  await person.readsInTranscript(/AI[^]*London/);
  console.log(`end of the question to the first sound: ${card.loudspeaker.firstSoundAt! - card.microphone.lastSoundAt!} ms`);
});

test("talking over the answer stops it, and the button stops the next one", async () => {
  await card.say(LONG);
  await card.loudspeaker.hears(300);
  await card.say("What time is it in London?");
  await person.sees("[role=log] s");
  card.loudspeaker.forget();
  await card.loudspeaker.hearsSilence();
  expect(recognise(card.loudspeaker.keep(test.info().outputPath("second.wav")))).toMatch(/london/i);

  card.loudspeaker.forget();
  await card.say(LONG);
  await card.loudspeaker.hears(300);
  await person.press("Interrupt AI");
  const pressedAt = Date.now();
  await card.loudspeaker.hearsSilence();
  console.log(`button to silence: ${card.loudspeaker.lastSoundAt! - pressedAt} ms`);
  await person.reads(/^Listening$/m);
  await expect.poll(() => person.page.evaluate(() => document.querySelectorAll("[role=log] s").length)).toBe(2);
});

test("who types is answered aloud, who is muted is not heard, and an ended call is gone at the gateway", async () => {
  await person.types("What is 6 times 7?");
  await card.loudspeaker.hearsSilence();
  expect(recognise(card.loudspeaker.keep(test.info().outputPath("typed.wav")))).toMatch(/42|forty.two/i);

  await person.press("Mute");
  await person.reads(/Your microphone is off/);
  await card.say("What's the weather in Paris?");
  await person.press("Muted");
  await card.say("What time is it in London?");
  await person.readsInTranscript(/what time is it in london/i);
  expect(await person.words("[role=log]")).not.toMatch(/paris/i);

  await person.press("End Session");
  await expect.poll(activeSessions).toBe(0);
  await person.reads(/Start Conversation/);
});

test("the settings open beside a call, and a picture that is chosen and one that is dropped are shown", async () => {
  await person.press("Settings");
  await person.sees("dialog[open], [role=dialog]");
  await person.page.screenshot({ path: test.info().outputPath("settings.png") });
  await person.page.keyboard.press("Escape");

  const picture = test.info().outputPath("picture.png");
  await person.page.screenshot({ path: picture, clip: { x: 0, y: 0, width: 200, height: 150 } });
  await person.press("Show the AI something");
  const chooser = await person.sees("input[type=file]");
  await (chooser as ElementHandle<HTMLInputElement>).uploadFile(picture);
  await person.sees("img[alt='The picture you chose']");
  await person.press("Send");
  await person.sees("[role=log] img[alt='The picture you showed']");

  // Not pasted: the clipboard of a headless Firefox holds no pictures.
  await person.page.evaluate(async () => {
    const canvas = new OffscreenCanvas(120, 90);
    canvas.getContext("2d")!.fillRect(20, 20, 60, 40);
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([await canvas.convertToBlob()], "drawn.png", { type: "image/png" }));
    document.querySelector("form.text-form")!.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
  });
  await person.sees("img[alt='The picture you chose']");
  await person.types("What is in this picture?");
  await expect.poll(() => person.page.evaluate(() => document.querySelectorAll("[role=log] img").length)).toBe(2);
  await person.readsInTranscript(/What is in this picture/);
});

async function activeSessions(): Promise<number> {
  const health = (await (await fetch(`${gateway}/health`)).json()) as { sessions: { active: number } };
  return health.sessions.active;
}
