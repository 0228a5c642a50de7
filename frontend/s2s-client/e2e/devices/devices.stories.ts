/** A call goes on while loudspeakers and microphones come and go, and a headset's button mutes. */
import type { Ear } from "../firefox/soundCard";
import { recognize } from "../machine";
import { expect, test } from "./world";

/** The one that speaks is heard, the other one is silent meanwhile. */
async function soundsIn(ear: Ear, other: Ear): Promise<void> {
  ear.forget();
  await ear.hears(300);
  other.forget();
  ear.forget();
  await ear.hears(1_000);
  expect(other.firstSoundAt).toBeNull();
}

test("the voice moves to a second loudspeaker in mid-answer, and comes back when that one is pulled out", async ({ caller, card }) => {
  const speakers = await card.plugInLoudspeaker("Kitchen");
  await caller.calls();
  await caller.types("Tell me a story.");
  await soundsIn(card.loudspeaker, speakers.ear);
  await caller.chooses("Speaker", "Kitchen");
  await soundsIn(speakers.ear, card.loudspeaker);

  await speakers.unplug();
  await caller.looksAtDevices();
  await expect(caller.page.locator(".call-notice")).toContainText("Speaker disconnected. Switched to another one.");
  await caller.types("Tell me a story.");
  card.loudspeaker.forget();
  await card.loudspeaker.hears(1_000);
});

test("where the system chooses the loudspeaker and it is pulled out, the voice goes on from another one", async ({ caller, card }) => {
  const speakers = await card.plugInLoudspeaker("Kitchen");
  await card.makeDefault("Kitchen");
  await caller.calls();
  await caller.types("Tell me a story.");
  await soundsIn(speakers.ear, card.loudspeaker);
  await card.makeDefault("loudspeaker");
  await speakers.unplug();
  await caller.looksAtDevices();
  card.loudspeaker.forget();
  await card.loudspeaker.hears(1_000);
});

test("a second microphone is chosen in mid-call, pulled out, and listened to again when it is plugged in", async ({ caller, card }, info) => {
  const headset = await card.plugIn("Headset");
  await caller.calls();
  await caller.chooses("Microphone", "Headset");
  await card.say("What's the weather in Paris?");
  await card.say("What time is it in London?", headset.mouth);
  await expect(caller.transcript).toContainText(/what time is it in london/i);
  await expect(caller.transcript).not.toContainText(/paris/i);
  await card.loudspeaker.hearsSilence();

  await headset.unplug();
  await caller.looksAtDevices();
  await expect(caller.page.locator(".call-notice")).toContainText("Mic disconnected. Switched to another one.");
  card.loudspeaker.forget();
  await card.say("What time is it in Tokyo?");
  await expect(caller.transcript).toContainText(/what time is it in tokyo/i);
  await card.loudspeaker.hearsSilence();
  expect(recognize(card.loudspeaker.keep(info.outputPath("tokyo.wav")))).toMatch(/tokyo/i);

  const again = await card.plugIn("Headset");
  await caller.looksAtDevices();
  await caller.listensTo("Headset");
  await card.say("What time is it in Berlin?", again.mouth);
  await expect(caller.transcript).toContainText(/what time is it in berlin/i);
});

test("a headset's button mutes and unmutes, as long as a call lasts", async ({ caller, keys, card }) => {
  await caller.calls();
  await expect.poll(() => keys.shown()).toBe("Playing: Conversation with the AI");
  await keys.press("play-pause");
  await expect(caller.button("Muted")).toBeVisible();
  await card.say("What's the weather in Paris?");
  await keys.press("play-pause");
  await expect(caller.button("Mute")).toBeVisible();
  await card.say("What time is it in London?");
  await expect(caller.transcript).toContainText(/what time is it in london/i);
  await expect(caller.transcript).not.toContainText(/paris/i);
  await caller.button("End Session").click();
  await expect.poll(() => keys.shown()).not.toMatch(/^Playing/);
});
