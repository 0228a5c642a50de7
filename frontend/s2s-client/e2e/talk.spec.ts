import { expect, test } from "./harness";
import { recognise } from "./machine";

test("a spoken question about the time is understood, looked up, and answered aloud", async ({ person }, testInfo) => {
  await person.open();
  await person.start();
  await person.say("What time is it in Tokyo?");
  await expect(person.transcript.getByText(/what time is it in tokyo/i)).toBeVisible();
  await expect(person.transcript.getByText("get_current_time")).toBeVisible();
  await person.hearsSilenceAgain();
  const answer = await person.heard("tokyo");
  await testInfo.attach("answer", { path: answer.wavPath });
  expect(recognise(answer.wavPath).toLowerCase()).toContain("tokyo");
});
