/** The voice agent on other people's pages, in WebKitGTK. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { recognize } from "../machine";
import { expect, test } from "./world";

test("one element on a page of another origin, with a strict policy of its own, is spoken to, answers and is stopped", async ({ person, card, site }, info) => {
  await person.driver.get(site.elsewhere);
  await person.press("Start Conversation");
  await person.reads(/connecting .*listening/);
  await card.say("What time is it in London?");
  await card.loudspeaker.hearsSilence();
  expect(recognize(card.loudspeaker.keep(info.outputPath("element.wav")))).toMatch(/london/i);
  await person.readsInTranscript(/what time is it in london[^]*London/i);
  await person.keepsPicture(info.outputPath("element.png"));
  const { width, height } = await (await person.sees(".wave")).getRect();
  expect(height).toBe(width);
  card.loudspeaker.forget();
  await card.say("Tell me a story.");
  await card.loudspeaker.hears(300);
  await person.press("Interrupt AI");
  await person.sees("[role=log] s");
  await card.loudspeaker.hearsSilence();
  await person.press("End Session");
  await person.reads(/ended/);
});

test("a page that gives its frame no microphone: the refusal comes with its remedy in words", async ({ person, site }) => {
  const frame = `<!doctype html><html lang="en"><title>A frame</title><iframe src="${site.elsewhere}" width="800" height="600"></iframe></html>`;
  const server = createServer((_, answer) => answer.writeHead(200, { "Content-Type": "text/html" }).end(frame));
  await new Promise<void>((settle) => server.listen(0, "127.0.0.1", settle));
  try {
    // Another site than the frame's, for the engine: what it may use it gets from the page around it.
    await person.driver.get(`http://localhost:${(server.address() as AddressInfo).port}`);
    await person.driver.switchTo().frame(0);
    await person.press("Start Conversation");
    await person.readsIn(".words", /Microphone access is blocked\.\s+Click the lock or mic icon in the address bar/);
  } finally {
    server.close();
  }
});
