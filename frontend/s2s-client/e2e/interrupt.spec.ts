import { expect, test } from "./harness";
import { recognize } from "./machine";

/** A question whose answer is long enough to be cut. */
const LONG = "Tell me a story.";
/** 20 ms: one frame of voice. */
const ONE_FRAME = 480;
const QUANTUM = 128;

// The voice stops at once while the circle moves, too.
test.use({ contextOptions: { reducedMotion: "no-preference" } });

test("speaking over the answer stops it, and the new question is answered", async ({ person }) => {
  await person.open();
  await person.start();
  await person.say(LONG);
  await person.hearsVoice();
  await person.say("What time is it in London?");
  await expect(person.transcript.locator("s").first()).toBeVisible();
  await person.listenAnew();
  await expect(person.transcript.getByText(/what time is it in london/i)).toBeVisible();
  await person.hearsSilenceAgain();
  expect(recognize((await person.heard("second-answer")).wavPath)).toMatch(/london/i);
});

test("the button silences the voice within one frame, and the unheard words are struck", async ({ person, page }) => {
  await person.open();
  await person.start();
  await person.say(LONG);
  await person.hearsVoice();
  await page.waitForFunction(() => window.probe.heardFrames() > 100);
  const pressedAt = await person.button("Interrupt AI").evaluate((button: HTMLElement) => {
    button.click();
    return window.probe.frameNow();
  });
  await page.waitForFunction(() => window.probe.silentForMs() > 1000);
  const silentAt = await page.evaluate(() => window.probe.lastSoundFrame());
  // The clock the page can read moves in steps of one hardware buffer.
  expect(silentAt - pressedAt).toBeLessThanOrEqual(ONE_FRAME + QUANTUM);
  await expect(person.transcript.locator("s").first()).toBeVisible();
  await expect(page.getByText("Listening", { exact: true })).toBeVisible();

  await person.listenAnew();
  await person.say("What time is it in London?");
  await person.hearsSilenceAgain();
  expect(recognize((await person.heard("after-button")).wavPath)).toMatch(/london/i);
});
