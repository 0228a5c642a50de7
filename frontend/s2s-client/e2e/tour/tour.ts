/**
 * A person uses the real page for two minutes while every picture that the browser shows is kept.
 * `make tour` makes docs/tour.webp of it. Look at it before it is committed.
 */
import { resolve } from "node:path";
import type { Page } from "@playwright/test";
import { expect, type Person, test } from "../harness";
import { Film } from "./film";

const OUT = process.env["TOUR_FILE"] ?? resolve(import.meta.dirname, "../../../../docs/tour.webp");
const DESKTOP = { width: 1000, height: 640 };
const PHONE = { width: 390, height: 700 };

test.use({ viewport: DESKTOP, colorScheme: "light" });

test("the tour", async ({ person, page }, info) => {
  await person.open();
  const film = await Film.of(page, info.outputPath("pictures"));
  film.scene("One button, and you speak with the AI");
  await film.rest(1_500);
  await person.keepsSound();
  await person.start();
  await isGreeted(person, film);
  await usesATool(person, film);
  await isInterrupted(person, film);
  await seesTheWait(person, film);
  await types(person, film);
  await pastesAPicture(person, film);
  await isExamined(person, film);
  await seesTheCost(page, film);
  await seesTheKeys(page, film);
  await choosesPushToTalk(person, film);
  await holdsToTalk(person, film);
  await looksBack(person, film);
  await film.save(OUT);
});

async function isGreeted(person: Person, film: Film): Promise<void> {
  film.scene("Spoken: “Hello!”");
  await film.rest(700);
  await answered(person, "Hello!");
}

async function usesATool(person: Person, film: Film): Promise<void> {
  film.scene("Spoken: “What time is it in Tokyo?” A tool is used, the words keep step with the voice");
  await answered(person, "What time is it in Tokyo?");
}

/** A question is asked aloud and its answer heard to the end. */
async function answered(person: Person, question: string): Promise<void> {
  await person.listenAnew();
  await person.say(question);
  await person.hearsVoice();
  await person.hearsSilenceAgain();
}

async function isInterrupted(person: Person, film: Film): Promise<void> {
  film.scene("Spoken: “Tell me a story.”");
  await person.listenAnew();
  await person.say("Tell me a story.");
  await person.hearsVoice();
  await film.rest(4_000);
  film.scene("One speaks over it: the voice stops, and what was not heard is struck");
  await person.say("What time is it in London?");
  await expect(person.transcript.locator("s").first()).toBeVisible();
  await expect(person.transcript).toContainText(/London/);
  await person.hearsVoice();
  await person.hearsSilenceAgain();
}

async function seesTheWait(person: Person, film: Film): Promise<void> {
  const { page } = person;
  film.scene("How long one waited, measured at the ear, and for what");
  await person.opensDetails();
  await page.getByRole("button", { name: /^Replied in/ }).click();
  await film.rest(4_500);
  await page.keyboard.press("Escape");
}

async function types(person: Person, film: Film): Promise<void> {
  film.scene("Typed instead of spoken, answered aloud");
  await person.listenAnew();
  await writes(person.page, "What is 6 times 7?");
  await person.hearsVoice();
  await person.hearsSilenceAgain();
}

async function writes(page: Page, words: string): Promise<void> {
  const field = page.getByLabel("Message");
  await field.click();
  await field.pressSequentially(words, { delay: 60 });
  await page.keyboard.press("Enter");
}

async function pastesAPicture(person: Person, film: Film): Promise<void> {
  const { page } = person;
  film.scene("A picture is pasted. The local engine says that it sees none; Gemini does");
  await page.getByLabel("Message").evaluate(async (field) => {
    const canvas = new OffscreenCanvas(480, 320);
    const pen = canvas.getContext("2d")!;
    const sky = pen.createLinearGradient(0, 0, 0, 320);
    ["#22336b", "#c8607a", "#f6c177"].forEach((color, at) => { sky.addColorStop(at / 2, color); });
    pen.fillStyle = sky;
    pen.fillRect(0, 0, 480, 320);
    pen.fillStyle = "#fff3d6";
    pen.arc(240, 215, 46, 0, 7);
    pen.fill();
    pen.fillStyle = "#1b3a57";
    pen.fillRect(0, 220, 480, 100);
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([await canvas.convertToBlob()], "sunset.png", { type: "image/png" }));
    field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  });
  await page.getByAltText("The image you chose").waitFor();
  await film.rest(1_000);
  await person.listenAnew();
  await writes(page, "What do you see?");
  await page.getByAltText("The picture you showed").waitFor();
  await person.hearsVoice();
  await person.hearsSilenceAgain();
}

async function isExamined(person: Person, film: Film): Promise<void> {
  film.scene("The connection doctor, in mid-call: microphone, echo, network, gateway, AI service");
  await person.opensDetails();
  await person.button("Connection test").click();
  const doctor = await person.isExamined();
  await doctor.getByRole("button", { name: "Test again" }).scrollIntoViewIfNeeded();
  await film.rest(2_500);
  await person.page.keyboard.press("Escape");
}

async function seesTheCost(page: Page, film: Film): Promise<void> {
  film.scene("What it costs: tokens by kind and money, this call and in all");
  await page.getByRole("button", { name: /^(Free \(local\)|About \$)/ }).click();
  await film.rest(3_500);
  await page.keyboard.press("Escape");
}

async function seesTheKeys(page: Page, film: Film): Promise<void> {
  film.scene("Everything by keyboard, too");
  await page.keyboard.press("?");
  await film.rest(2_500);
  await page.keyboard.press("Escape");
}

async function choosesPushToTalk(person: Person, film: Film): Promise<void> {
  const { page } = person;
  film.scene("Settings: voices with a sample, language, manner, functions, devices");
  await person.button("Settings").click();
  await person.opensGroup("AI");
  await page.getByLabel("Voice", { exact: true }).selectOption("Kore");
  await film.rest(1_500);
  await page.getByLabel("Style").selectOption("teacher");
  await film.rest(1_500);
  await page.getByRole("group", { name: "Tools" }).getByRole("switch").last().scrollIntoViewIfNeeded();
  await film.rest(1_500);
  film.scene("Push-to-talk is chosen, for the next conversation");
  await person.opensGroup("Conversation");
  await page.getByLabel("Turn-taking").selectOption("push-to-talk");
  await film.rest(2_000);
  await page.keyboard.press("Escape");
  await person.button("End Session").click();
  await film.rest(1_000);
}

async function holdsToTalk(person: Person, film: Film): Promise<void> {
  const { page } = person;
  film.scene("The same in the dark");
  await page.emulateMedia({ colorScheme: "dark" });
  await film.rest(1_000);
  await person.button("Start Conversation").click();
  await page.getByText("Your turn", { exact: true }).waitFor();
  film.scene("Push-to-talk, the space key is held: “What time is it in Berlin?”");
  await film.rest(800);
  await person.listenAnew();
  await page.keyboard.down("Space");
  await person.say("What time is it in Berlin?");
  await page.keyboard.up("Space");
  await person.hearsVoice();
  film.scene("The same on a phone");
  await page.setViewportSize(PHONE);
  await person.hearsSilenceAgain();
  await page.emulateMedia({ colorScheme: "light" });
  await film.rest(1_500);
  await person.button("End Session").click();
  await film.rest(1_500);
  await page.setViewportSize(DESKTOP);
}

async function looksBack(person: Person, film: Film): Promise<void> {
  const { page } = person;
  film.scene("Calls stay on this device, with their sound if one wishes, until one deletes them");
  await person.button("History").click();
  const past = page.getByRole("list", { name: "History" }).getByRole("listitem");
  await expect(past).toHaveCount(2);
  await film.rest(2_500);
  film.scene("A call as a line: both voices, words, tools, interruptions; played from any point");
  await past.last().getByRole("button").first().click();
  await film.rest(2_000);
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await film.rest(4_500);
  await page.getByRole("button", { name: "Zoom in" }).click();
  await film.rest(2_500);
  film.scene("Taken home: words, captions, both voices, or all of it");
  await page.getByRole("dialog").getByRole("button", { name: "Download" }).click();
  await film.rest(3_000);
}
