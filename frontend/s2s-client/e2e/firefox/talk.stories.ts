/** A conversation with the built page in Firefox: a real device, the real gateway, the local engine. */
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

test("a spoken question is understood, answered aloud over WebRTC, and both are to be read", async ({ person, card }, info) => {
  expect(await person.words(".connection")).toMatch(/^Connected over WebRTC/);
  await card.say("What time is it in London?");
  await person.readsInTranscript(/what time is it in london/i);
  await card.loudspeaker.hearsSilence();
  const answer = card.loudspeaker.keep(info.outputPath("answer.wav"));
  expect(recognize(answer)).toMatch(/london/i);
  await person.readsInTranscript(/AI[^]*London/);
  console.log(`end of the question to the first sound: ${card.loudspeaker.firstSoundAt! - card.microphone.lastSoundAt!} ms`);
});

test("talking over the answer stops it, and the button stops the next one", async ({ person, card }, info) => {
  await card.say(LONG);
  await card.loudspeaker.hears(300);
  await card.say("What time is it in London?");
  await person.sees("[role=log] s");
  card.loudspeaker.forget();
  await card.loudspeaker.hearsSilence();
  expect(recognize(card.loudspeaker.keep(info.outputPath("second.wav")))).toMatch(/london/i);

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
  await person.reads(/Saved on this device, under History/);
  await isPlayedAndDownloaded(person);
  await isKept(person);
});

/** The line of the ended call sounds, and its files hold both voices. */
async function isPlayedAndDownloaded(person: Person): Promise<void> {
  const { card, page } = person;
  await person.press("Timeline");
  await person.readsIn(MOMENTS, /You\s+what time is it in london/i);
  card.loudspeaker.forget();
  await person.press("Play");
  await card.loudspeaker.hears(500);
  await person.press("Pause");
  await person.press("Download");
  await person.press(/^Sound \(WAV\)/);
  await person.press(/^Audio \(Opus\)/);
  await person.press(/^Everything/);
  const [wav, opus] = [readFileSync(await person.downloads(".wav")), readFileSync(await person.downloads(".webm"))];
  expect([wav.readUInt16LE(22), wav.readUInt32LE(24)]).toEqual([2, 24_000]);
  const seconds = (wav.length - 44) / 4 / 24_000;
  expect(opus.length).toBeLessThan(wav.length / 5);
  const opusSeconds = await page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    return (await new OfflineAudioContext(2, 1, 48_000).decodeAudioData(bytes.buffer)).duration;
  }, opus.toString("base64"));
  expect(Math.abs(opusSeconds - seconds)).toBeLessThan(0.2);
  expect(JSON.parse(readFileSync(await person.downloads(".s2s.json"), "utf8"))).toHaveProperty("items");
}

/** After a reload the call is found, opened, deleted, and opened again from its file. */
async function isKept(person: Person): Promise<void> {
  await person.page.reload();
  await person.press("History");
  await person.press(/6 times 7/);
  await person.readsIn(MOMENTS, /You\s+what time is it in london/i);
  await person.press("History");
  await person.press(/^Delete the call of/);
  await person.reads(/No conversations yet/);
  await person.offers("A saved conversation", await person.downloads(".s2s.json"));
  await person.readsIn(MOMENTS, /You\s+what time is it in london/i);
}

async function activeSessions(gateway: string): Promise<number> {
  const health = (await (await fetch(`${gateway}/health`)).json()) as { sessions: { active: number } };
  return health.sessions.active;
}
