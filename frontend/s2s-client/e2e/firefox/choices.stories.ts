/** Settings, keys, devices and the connection doctor in Firefox. */
import { recognize } from "../machine";
import type { Person } from "./person";
import { expect, test } from "./world";

test("push-to-talk over a WebSocket is chosen in mid-call and comes with the next one, which is held by keyboard alone", async ({ person, card, site }, info) => {
  await person.calls(site.gateway);
  await person.key("s");
  await person.sees("dialog[open]");
  await person.press("Conversation");
  await person.chooses("Turn-taking", "Push to talk: hold Space or the button");
  await person.chooses("Connection", "WebSocket only");
  await person.reads(/apply to your next conversation/);
  await person.page.screenshot({ path: info.outputPath("settings.png") });
  await person.key("Escape");
  await person.press("End Session");
  await person.start();
  expect(await person.words(".connection")).toMatch(/^Connected over WebSocket/);
  await card.say("What's the weather in Paris?");
  await card.microphone.hearsSilence();

  await person.page.keyboard.down(" ");
  await person.reads(/^Listening to you$/m);
  await card.say("What time is it in London?");
  await person.page.keyboard.up(" ");
  await person.reads(/^Hold to talk$/m);
  await person.readsInTranscript(/what time is it in london/i);
  expect(await person.words("[role=log]")).not.toMatch(/paris/i);
  card.loudspeaker.forget();
  await card.loudspeaker.hearsSilence();
  expect(recognize(card.loudspeaker.keep(info.outputPath("answer.wav")))).toMatch(/london/i);
  await theKeysDoTheirWork(person);
});

async function theKeysDoTheirWork(person: Person): Promise<void> {
  const { card } = person;
  card.loudspeaker.forget();
  await person.types("Tell me a story.");
  await card.loudspeaker.hears(300);
  // In a field of text the keys are letters.
  await person.page.evaluate(() => { (document.activeElement as HTMLElement).blur(); });
  await person.key("Escape");
  await person.sees("[role=log] s");
  await card.loudspeaker.hearsSilence();
  await person.key("m");
  await person.reads(/^Muted$/m);
  await person.key("m");
  await person.reads(/^Mute$/m);
  await person.key("c");
  await person.sees("[data-captions=false]");
  await person.key("c");
  await person.sees("[data-captions=true] [role=log]");
  await person.key("?");
  await person.reads(/^Keyboard shortcuts$/m);
  await person.key("Escape");
  await person.seesNo("dialog[open]");
}

test("a microphone that is plugged in is chosen in mid-call, and pulled out again; then the doctor finds everything in order", async ({ person, card, site }, info) => {
  await person.calls(site.gateway);
  await person.press("Settings");
  const headset = await card.plugIn("Headset");
  await person.chooses("Microphone", "Headset");
  await person.key("Escape");
  await card.isListenedTo("Headset");
  await card.say("What's the weather in Paris?");
  card.loudspeaker.forget();
  await card.say("What time is it in London?", headset.mouth);
  await person.readsInTranscript(/what time is it in london/i);
  expect(await person.words("[role=log]")).not.toMatch(/paris/i);
  await person.hearsTheEnd();

  await headset.unplug();
  await person.reads(/Mic disconnected\. Switched to another one\./);
  await card.isListenedTo();
  card.loudspeaker.forget();
  await card.say("What time is it in Tokyo?");
  await person.readsInTranscript(/what time is it in tokyo/i);
  await person.hearsTheEnd();
  await isExamined(person, info.outputPath("doctor.png"));
});

async function isExamined(person: Person, picture: string): Promise<void> {
  const { card } = person;
  await person.press("Conversation details");
  await person.press("Connection test");
  await person.press("Start test");
  await person.reads(/Please say a sentence or two now/);
  await card.say("One, two, three, four, five. This is what I sound like.");
  await person.reads(/^Test again$/m);
  await person.page.screenshot({ path: picture });
  const findings = await person.page.$$eval("dialog [aria-label=Findings] > li", (lines) => lines.map((line) => `${line.dataset["verdict"]}: ${line.innerText}`));
  console.log(findings.map((line) => line.replaceAll("\n", " ")).join("\n"));
  expect(findings.filter((line) => /^(fail|warn)/.test(line))).toEqual([]);
  await person.key("Escape");
  // The microphone is the AI's again.
  await card.say("What time is it in Berlin?");
  await person.readsInTranscript(/what time is it in berlin/i);
}
