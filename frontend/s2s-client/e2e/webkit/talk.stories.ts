/** A conversation with the built page in WebKitGTK: a real device, the real gateway, the local engine. */
import { readFileSync } from "node:fs";
import { recognize } from "../machine";
import type { Person } from "./person";
import { expect, test } from "./world";

/** A question whose answer is long enough to be cut. */
const LONG = "Tell me a story.";
const MOMENTS = "[aria-label='What happened']";

test.beforeEach(async ({ person, site }) => {
  await person.calls(site.gateway);
});

test("a spoken question is understood, answered aloud over a WebSocket, and both are to be read", async ({ person, card }, info) => {
  expect(await person.words(".connection")).toMatch(/^Connected over WebSocket, because this browser offers no WebRTC/);
  await card.say("What time is it in London?");
  await person.readsInTranscript(/what time is it in london/i);
  await card.loudspeaker.hearsSilence();
  expect(recognize(card.loudspeaker.keep(info.outputPath("answer.wav")))).toMatch(/london/i);
  await person.readsInTranscript(/AI[^]*London/);
  await person.press("Conversation details");
  await person.reads(/Replied in/);
  console.log(`end of the question to the first sound: ${card.loudspeaker.firstSoundAt! - card.microphone.lastSoundAt!} ms; the page says: ${/Replied in\s+\S+ \S+/.exec(await person.words("body"))?.[0]}`);
  await person.reads(/^Listening$/m);
  // Every word was heard, so none is left in the softer tone.
  await expect.poll(() => person.run("return CSS.highlights.get('ahead')?.size ?? 0")).toBe(0);
});

test("talking over the answer stops it, and the button stops the next one", async ({ person, card }, info) => {
  await card.say(LONG);
  await card.loudspeaker.hears(300);
  await card.say("What time is it in London?");
  await person.sees("[role=log] s");
  card.loudspeaker.forget();
  await card.loudspeaker.hearsSilence();
  // Its end, the date: its first words may sound before the driver has told of the cut.
  expect(recognize(card.loudspeaker.keep(info.outputPath("second.wav")))).toMatch(/day/i);
  await person.readsInTranscript(/In London/);

  card.loudspeaker.forget();
  await card.say(LONG);
  await card.loudspeaker.hears(300);
  await person.press("Interrupt AI");
  const pressedAt = Date.now();
  await card.loudspeaker.hearsSilence();
  console.log(`button to silence: ${card.loudspeaker.lastSoundAt! - pressedAt} ms`);
  await person.reads(/^Listening$/m);
  await expect.poll(() => person.count("[role=log] s")).toBe(2);
});

test("who types is answered aloud, who is muted is not heard; the ended call is played, downloaded, kept and deleted", async ({ person, card, site }, info) => {
  await person.types("What is 6 times 7?");
  await card.loudspeaker.hearsSilence();
  expect(recognize(card.loudspeaker.keep(info.outputPath("typed.wav")))).toMatch(/42|forty.two/i);

  await person.press("Mute");
  await person.reads(/Your mic is off/);
  await card.say("What's the weather in Paris?");
  await person.press("Muted");
  card.loudspeaker.forget();
  await card.say("What time is it in London?");
  await person.readsInTranscript(/what time is it in london/i);
  expect(await person.words("[role=log]")).not.toMatch(/paris/i);
  await card.loudspeaker.hearsSilence();

  await person.press("End Session");
  await expect.poll(() => activeSessions(site.gateway)).toBe(0);
  // MiniBrowser under a driver is a private window: what it keeps is gone with the window.
  await person.reads(/Saved on this device, under History/);
  await isPlayedAndDownloaded(person);
  await isKept(person);
});

/** The line of the ended call sounds, and its files hold both voices. */
async function isPlayedAndDownloaded(person: Person): Promise<void> {
  const { card } = person;
  await person.press("Timeline");
  await person.readsInAll(MOMENTS, /You\s*what time is it in london/i);
  card.loudspeaker.forget();
  await person.press("Play");
  await card.loudspeaker.hears(500);
  await person.press("Pause");
  await person.press("Download");
  await person.press(/^Sound \(WAV\)/);
  await person.press(/^Everything/);
  const wav = readFileSync(await person.downloads(".wav"));
  expect([wav.readUInt16LE(22), wav.readUInt32LE(24)]).toEqual([2, 24_000]);
  expect(wav.length).toBe(44 + wav.readUInt32LE(40));
  expect(JSON.parse(readFileSync(await person.downloads(".s2s.json"), "utf8"))).toHaveProperty("items");
}

/** After a reload the call is found, opened, deleted, and opened again from its file. */
async function isKept(person: Person): Promise<void> {
  await person.driver.navigate().refresh();
  await person.press("History");
  await person.press(/6 times 7/);
  await person.readsInAll(MOMENTS, /You\s*what time is it in london/i);
  await person.press("History");
  await person.press(/^Delete the call of/);
  await person.reads(/No conversations yet/);
  await person.offers("A saved conversation", await person.downloads(".s2s.json"));
  await person.readsInAll(MOMENTS, /You\s*what time is it in london/i);
}

async function activeSessions(gateway: string): Promise<number> {
  const health = (await (await fetch(`${gateway}/health`)).json()) as { sessions: { active: number } };
  return health.sessions.active;
}
