/** The voice agent on other people's pages, in Firefox. */
import { recognize } from "../machine";
import { expect, test } from "./world";

test("one element on a page of another origin, with a strict policy of its own, is spoken to, answers and is stopped", async ({ person, card, site }, info) => {
  await person.page.goto(site.elsewhere);
  const agent = "s2s-voice-agent";
  await person.press("Start Conversation");
  await person.reads(/connecting .*listening/);
  await card.say("What time is it in London?");
  await card.loudspeaker.hearsSilence();
  expect(recognize(card.loudspeaker.keep(info.outputPath("element.wav")))).toMatch(/london/i);
  expect(await person.words(`${agent} >>> [role=log]`)).toMatch(/what time is it in london[^]*London/i);
  await person.press("End Session");
  await person.reads(/ended/);

  card.loudspeaker.forget();
  await person.page.goto(`${site.gateway}/app/examples/element.html`);
  await person.press("Start Conversation");
  await person.reads(/This page hears: listening/);
  await card.say("Tell me a story.");
  await card.loudspeaker.hears(300);
  // By keyboard: the words that come push this button downwards.
  await (await person.sees("#stop")).focus();
  await person.key("Enter");
  await person.sees(`${agent} >>> [role=log] s`);
  await card.loudspeaker.hearsSilence();
});
