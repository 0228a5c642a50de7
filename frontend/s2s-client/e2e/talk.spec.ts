import { expect, test } from "./harness";
import { humanRecording, recognize } from "./machine";

test("a spoken question about the time is understood, looked up, and answered aloud", async ({ person }) => {
  await person.open();
  await person.start();
  await person.say("What time is it in London?");
  await expect(person.transcript.getByText(/what time is it in london/i)).toBeVisible();
  await expect(person.transcript.getByText("Current time", { exact: true })).toBeVisible();
  await person.hearsSilenceAgain();
  const answer = await person.heard("london");
  expect(recognize(answer.wavPath)).toMatch(/london/i);
  await person.opensDetails();
  await expect(person.page.getByText(/^Replied in/)).toBeVisible();
});

test("the weather is asked for by voice while data is saved, and its card shows what was looked up", async ({ person, page }) => {
  await page.addInitScript(() => { localStorage.setItem("s2s-settings", JSON.stringify({ dataUse: "save" })); });
  await person.waitsForWebRtc();
  await person.open();
  await person.start();
  // Both ways as Opus.
  await expect(person.connection).toHaveText("Connected over WebRTC. Audio is compressed, as set in Settings");
  await person.say("What's the weather in Paris?");
  await expect(person.transcript.getByText(/what.s \w+ weather in paris/i)).toBeVisible();
  await expect(person.transcript.getByText("Weather", { exact: true })).toBeVisible();
  await expect(person.transcript.getByText("Paris", { exact: true })).toBeVisible();
  await person.hearsSilenceAgain();
  // With a network the weather is told, without one that it cannot be told: both in a sentence.
  const answer = await person.heard("paris");
  expect(recognize(answer.wavPath)).toMatch(/weather|degrees|paris/i);
});

test("a person's own voice is understood", async ({ person }) => {
  await person.open();
  await person.start();
  await person.playInto(humanRecording("0930"));
  await expect(person.transcript.getByText(/he might even have been made amiable himself/i).first()).toBeVisible();
  await person.hearsVoice();
});

test("speech from the first moment on is not lost while the connection is still being made", async ({ person, page }) => {
  await person.open();
  await page.route("**/offer", async (route) => {
    await person.say("What time is it in London?");
    await route.continue();
  });
  await person.button("Start Conversation").click();
  await expect(person.transcript.getByText(/what time is it in london/i)).toBeVisible();
});

test("who would rather type gets a spoken answer, too", async ({ person, page }) => {
  await person.open();
  await person.start();
  await page.getByLabel("Message").fill("What is 6 times 7?");
  await page.keyboard.press("Enter");
  await expect(person.transcript.getByText("What is 6 times 7?")).toBeVisible();
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await person.button("Copy the transcript").click();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toMatch(/^You: What is 6 times 7\?/);
  await person.hearsSilenceAgain();
  expect(recognize((await person.heard("typed")).wavPath)).toMatch(/42|forty.two/i);
});

test("while muted nothing is heard, and afterwards everything again", async ({ person }) => {
  await person.open();
  await person.start();
  await person.button("Mute").click();
  await expect(person.page.getByText("Your mic is off", { exact: true })).toBeVisible();
  await person.say("What's the weather in Paris?");
  await person.button("Muted").click();
  await person.say("What time is it in London?");
  await expect(person.transcript.getByText(/what time is it in london/i)).toBeVisible();
  await expect(person.transcript.getByText(/paris/i)).toHaveCount(0);
});

test("the person's words are shown while they speak, in another tone, and are read out only when they are settled", async ({ person, page }) => {
  await person.open();
  await person.start();
  await page.evaluate(() => {
    const announced: string[] = [];
    // What a screen reader announces of a log: elements that are new in it, and not hidden from it.
    new MutationObserver((changes) => {
      for (const { addedNodes } of changes) {
        for (const node of addedNodes) {
          if (node instanceof HTMLElement && node.matches(".line.person:not([aria-hidden=true])")) announced.push(node.innerText);
        }
      }
    }).observe(document.querySelector("[role=log]")!, { childList: true, subtree: true });
    Object.assign(window, { announced });
  });
  const said = person.say("I would like to know what time it is in London.");
  const interim = person.transcript.locator('.line.person[data-interim="true"]');
  await expect(interim).toHaveAttribute("aria-hidden", "true");
  await expect(interim.locator(".said")).toHaveCSS("font-style", "italic");
  await said;
  await expect(interim).toHaveCount(0);
  const announced = await page.evaluate(() => (window as unknown as { announced: string[] }).announced);
  expect(announced).toHaveLength(1);
  expect(announced[0]).toMatch(/london/i);
});
