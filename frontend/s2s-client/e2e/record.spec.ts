/** What stays of a call: the record, its files, the time line, and the calls kept on the device. */
import { readFileSync, writeFileSync } from "node:fs";
import AxeBuilder from "@axe-core/playwright";
import type { Locator, Page } from "@playwright/test";
import type { CallRecord } from "../src/features/recording/callRecord";
import { expect, GATEWAY, type Person, test } from "./harness";
import { recognize } from "./machine";

const FRAMES = 90;

interface TestInfo {
  outputPath(name: string): string;
}

test("a call is seen and heard again as a line, taken home in every form, and found after a reload", async ({ person, page }, info) => {
  // A whole call, eight files and two recognized voices: much for a busy machine.
  test.setTimeout(300_000);
  await person.open();
  await person.keepsSound();
  await aShortCall(person, page);
  await expect(page.getByText("Saved on this device, under History")).toBeVisible();

  await page.getByRole("button", { name: "Search the transcript" }).click();
  await page.getByRole("textbox", { name: "Search the transcript" }).fill("lighthouse");
  await expect(page.getByText(/^\d of \d$/)).toBeVisible();
  await inspect(page, info, "search");
  await page.keyboard.press("Escape");
  await person.button("Timeline").click();
  const line = page.getByRole("dialog", { name: "Timeline" });
  await expect(line.getByRole("list", { name: "What happened" })).toContainText(/london/i);
  await inspect(page, info, "time-line");
  await plays(page, line);

  await line.getByRole("button", { name: "Download" }).click();
  await inspect(page, info, "downloads");
  const record = await filesAreRight(page, info);

  await page.reload();
  await person.button("History").click();
  const past = page.getByRole("list", { name: "History" });
  await expect(past.getByRole("listitem")).toHaveCount(1);
  await expect(past).toContainText(/london/i);
  await inspect(page, info, "past-calls");
  await page.getByRole("button", { name: /^Delete the conversation of/ }).click();
  await expect(page.getByText("No conversations yet.")).toBeVisible();

  await page.getByLabel("A saved conversation").setInputFiles(info.outputPath("call.s2s.json"));
  await expect(page.getByRole("list", { name: "What happened" }).getByRole("listitem")).toHaveCount(record.items.length);
  await expect(page.getByRole("button", { name: "Play", exact: true })).toBeEnabled();
});

/** A picture is pasted as a person does it. */
async function pastes(page: Page): Promise<void> {
  await page.getByLabel("Message").evaluate(async (field) => {
    const canvas = document.createElement("canvas");
    canvas.width = 3_000;
    canvas.height = 2_000;
    const pen = canvas.getContext("2d");
    // Noise is what shrinks worst.
    const noise = pen?.createImageData(3_000, 2_000);
    if (!pen || !noise) throw new Error("no pen");
    for (let at = 0; at < noise.data.length; at++) noise.data[at] = at % 4 === 3 ? 255 : Math.random() * 256;
    pen.putImageData(noise, 0, 0);
    const picture = await new Promise<Blob | null>((resolve) => { canvas.toBlob(resolve, "image/jpeg", 0.9); });
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([picture ?? ""], "noise.jpg", { type: "image/jpeg" }));
    field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  });
}

/** Shown until it is stopped, and the source is let go. */
async function isSeen(page: Page, what: "Camera" | "Screen"): Promise<void> {
  const frame = page.waitForResponse(`**/image?source=${what.toLowerCase()}`);
  await page.getByRole("button", { name: what, exact: true }).click();
  expect((await frame).status()).toBe(204);
  await expect(page.getByText(`Sharing your ${what.toLowerCase()}`)).toBeVisible();
  const before = await page.evaluate(() => window.probe.liveTracks());
  await page.getByRole("button", { name: "Stop sharing" }).click();
  expect(await page.evaluate(() => window.probe.liveTracks())).toBe(before - 1);
}

test("pictures are shown; a file that is no call is refused in plain words, and without the wish nothing is kept", async ({ person, page }, info) => {
  await page.addInitScript(() => {
    localStorage.setItem("s2s-settings", JSON.stringify({ history: false }));
  });
  await person.open();
  await person.start();
  await pastes(page);
  await expect(page.getByAltText("The image you chose")).toBeVisible();
  await page.getByLabel("Message").fill("What do you see in my picture?");
  const taken = page.waitForResponse("**/image?source=picture");
  await page.keyboard.press("Enter");
  expect((await taken).status()).toBe(204);
  await expect(page.getByAltText("The picture you showed")).toBeVisible();
  await expect(person.transcript.getByText(/can.t see pictures/)).toBeVisible();
  await page.getByRole("button", { name: "Share an image, camera or screen" }).click();
  await isSeen(page, "Camera");
  await inspect(page, info, "showing");
  await isSeen(page, "Screen");
  await person.button("End Session").click();
  await person.button("History").click();
  await expect(page.getByText("No conversations yet.")).toBeVisible();
  await page.getByLabel("A saved conversation").setInputFiles({ name: "x.json", mimeType: "application/json", buffer: Buffer.from("{}") });
  await expect(page.getByText("This file isn’t a saved conversation.")).toBeVisible();
});

test("two thousand lines scroll without a hitch, are searched, and follow the newest again when asked", async ({ person, page }, info) => {
  await longTalk(page);
  await person.open();
  await page.getByText("Listening", { exact: true }).waitFor();
  await expect(person.transcript.locator(".line")).toHaveCount(2_000);
  const { workMs, longTasks } = await scrolledThrough(page, person.transcript);
  console.log(`2,000 lines scrolled: ${workMs.toFixed(1)} ms of work a frame; tasks above 50 ms: ${JSON.stringify(longTasks)}`);
  // Lines that are out of sight cost nothing: that is what keeps a frame short on every machine.
  await expect(person.transcript.locator(".lines").first()).toHaveCSS("content-visibility", "auto");

  const jump = person.button("Jump to latest");
  await expect(jump).toBeVisible();
  await page.screenshot({ path: info.outputPath("long-scrolled.png") });
  await page.getByRole("button", { name: "Search the transcript" }).click();
  const field = page.getByRole("textbox", { name: "Search the transcript" });
  await expect(field).toBeFocused();
  await field.fill("number 777");
  await expect(page.getByText("1 of 1", { exact: true })).toBeVisible();
  await expect(person.transcript.getByText("This is number 777.")).toBeInViewport();
  await field.fill("NUMBER 12");
  await expect(page.getByText("111 of 111", { exact: true })).toBeVisible();
  await field.press("Enter");
  await expect(page.getByText("1 of 111", { exact: true })).toBeVisible();
  await field.press("Shift+Enter");
  await expect(page.getByText("111 of 111", { exact: true })).toBeVisible();
  await field.press("Escape");
  await expect(page.getByRole("button", { name: "Search the transcript" })).toBeFocused();

  await jump.click();
  await expect(person.transcript.getByText("This is number 1999.")).toBeInViewport();
  await expect(jump).toHaveCount(0);
});

for (const { look, colorScheme, viewport } of [
  { look: "dark", colorScheme: "dark", viewport: { width: 1440, height: 900 } },
  { look: "phone", colorScheme: "light", viewport: { width: 390, height: 844 } },
] as const) {
  test.describe(look, () => {
    test.use({ colorScheme, viewport });

    test("the time line of a file", async ({ person, page }, info) => {
      await person.open();
      await person.button("History").click();
      const file = { name: "call.s2s.json", mimeType: "application/json", buffer: Buffer.from(aFile()) };
      await page.getByLabel("A saved conversation").setInputFiles(file);
      await expect(page.getByRole("list", { name: "What happened" })).toBeVisible();
      await page.getByRole("button", { name: "Zoom in" }).click();
      await inspect(page, info, look);
    });
  });
}

async function aShortCall(person: Person, page: Page): Promise<void> {
  await person.start();
  await person.say("What time is it in London?");
  await person.hearsVoice();
  await person.hearsSilenceAgain();
  await person.listenAnew();
  await person.say("Tell me a story.");
  await person.hearsVoice();
  await page.waitForFunction(() => window.probe.heardFrames() > 300);
  await person.button("Interrupt AI").click();
  await person.transcript.locator("s").first().waitFor();
  await person.button("End Session").click();
}

async function plays(page: Page, line: Locator): Promise<void> {
  const slider = line.getByRole("slider", { name: "Position" });
  await slider.focus();
  for (const [key, time] of [["ArrowRight", "0:01"], ["ArrowRight", "0:02"], ["ArrowLeft", "0:01"]] as const) {
    await page.keyboard.press(key);
    await expect(slider).toHaveAttribute("aria-valuetext", new RegExp(`^${time} of`));
  }
  await page.keyboard.press("Home");
  await line.getByRole("button", { name: /You.*london/i }).first().click();
  await page.evaluate(() => {
    window.probe.forget();
  });
  await line.getByRole("button", { name: "Play", exact: true }).click();
  await page.waitForFunction(() => window.probe.sounding());
  await page.waitForFunction((before) => Number(document.querySelector<HTMLInputElement>(".timeline-position")?.value) > before, Number(await slider.inputValue()) + 500);
  await line.getByRole("button", { name: "Pause" }).click();
  await expect(line.getByRole("button", { name: "Play", exact: true })).toBeVisible();
}

async function downloaded(page: Page, info: TestInfo, name: RegExp, as: string): Promise<Buffer> {
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name }).click()]);
  await file.saveAs(info.outputPath(as));
  return readFileSync(info.outputPath(as));
}

async function filesAreRight(page: Page, info: TestInfo): Promise<CallRecord> {
  const record = JSON.parse((await downloaded(page, info, /^Everything/, "call.s2s.json")).toString()) as CallRecord;
  const kinds = new Set(record.items.map(({ kind }) => kind));
  for (const kind of ["person", "answer", "tool", "interruption", "latency", "connection"] as const) expect(kinds).toContain(kind);
  expect((await downloaded(page, info, /^Markdown/, "call.md")).toString()).toMatch(/\*\*You:\*\* .*london[^]*\*\*AI:\*\* .*~~ \(not heard\)/i);

  const wav = await downloaded(page, info, /^Audio \(WAV\)/, "call.wav");
  const [channels, rate] = [wav.readUInt16LE(22), wav.readUInt32LE(24)];
  expect([channels, rate]).toEqual([2, 24_000]);
  expect(Math.abs((wav.length - 44) / 4 / 24 - record.durationMs)).toBeLessThan(100);
  expect(recognize(channel(wav, 0, info))).toMatch(/time/i);
  expect(recognize(channel(wav, 1, info))).toMatch(/london/i);

  const opus = await downloaded(page, info, /^Audio \(Opus\)/, "call.webm");
  expect(opus.length).toBeLessThan(wav.length / 5);
  expect(Math.abs((await lengthOf(page, opus)) - record.durationMs)).toBeLessThan(150);

  await downloaded(page, info, /^Captions WebVTT/, "call.vtt");
  const cues = await cuesOf(page, readFileSync(info.outputPath("call.vtt"), "utf8"));
  expect(cues.some(({ text }) => text.startsWith("<v You>"))).toBe(true);
  expect(cues.some(({ text }) => text.startsWith("<v AI>"))).toBe(true);
  // Each caption stands where that voice sounds in the file beside it.
  for (const { text, from, to } of cues) expect(loudest(wav, text.startsWith("<v You>") ? 0 : 1, from, to), text).toBeGreaterThan(1_000);
  // Where the answer was cut, it is silent from then on.
  const cut = record.items.findLast(({ kind }) => kind === "interruption");
  expect(loudest(wav, 1, (cut?.atMs ?? 0) / 1000 + 0.15, record.durationMs / 1000)).toBe(0);
  return record;
}

/** In ms, as the browser itself reads it. */
async function lengthOf(page: Page, file: Buffer): Promise<number> {
  return page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    return 1000 * (await new OfflineAudioContext(2, 1, 48_000).decodeAudioData(bytes.buffer)).duration;
  }, file.toString("base64"));
}

/** As the browser itself reads them. */
async function cuesOf(page: Page, vtt: string): Promise<{ from: number; to: number; text: string }[]> {
  return page.evaluate(async (text) => {
    const video = document.createElement("video");
    const track = document.createElement("track");
    track.src = URL.createObjectURL(new Blob([text], { type: "text/vtt" }));
    video.append(track);
    track.track.mode = "hidden";
    await new Promise((loaded) => {
      track.addEventListener("load", loaded);
    });
    return [...(track.track.cues ?? [])].map((cue) => ({ from: cue.startTime, to: cue.endTime, text: (cue as VTTCue).text }));
  }, vtt);
}

function loudest(wav: Buffer, side: 0 | 1, fromS: number, toS: number): number {
  let most = 0;
  for (let at = Math.round(fromS * 24_000); at < Math.round(toS * 24_000); at++) {
    const byte = 44 + 4 * at + 2 * side;
    if (byte + 2 <= wav.length) most = Math.max(most, Math.abs(wav.readInt16LE(byte)));
  }
  return most;
}

function channel(wav: Buffer, side: 0 | 1, info: TestInfo): string {
  const path = info.outputPath(`side-${side}.wav`);
  const mono = Buffer.alloc((wav.length - 44) / 2);
  for (let at = 0; at < mono.length / 2; at++) mono.writeInt16LE(wav.readInt16LE(44 + 4 * at + 2 * side), 2 * at);
  const header = Buffer.from(wav.subarray(0, 44));
  header.writeUInt32LE(36 + mono.length, 4);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(48_000, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt32LE(mono.length, 40);
  writeFileSync(path, Buffer.concat([header, mono]));
  return path;
}

/** A page that was reloaded in the middle of a very long conversation. */
async function longTalk(page: Page): Promise<void> {
  const session = (await (await fetch(`${GATEWAY}/api/session/create`, { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" })).json()) as object;
  const lines = Array.from({ length: 2_000 }, (_, n) =>
    n % 2 === 0
      ? { kind: "person", id: -n - 1, text: `And what about number ${n}?`, final: true }
      : { kind: "answer", turn: 40_000 + n, before: 0, heardChars: null, pieces: [{ text: `This is number ${n}. ${"It goes on for a while. ".repeat(n % 7)}`, atMs: 0 }] },
  );
  const numbers = { sessions: 1, turnsBefore: 0, wordsBefore: 0, turn: 0, words: 0 };
  const saved = JSON.stringify({ session, lines, numbers, turn: null, pushToTalk: false, savedAtMs: Date.now(), lock: "s2s-call-long" });
  await page.addInitScript((call) => {
    localStorage.setItem("s2s-settings", JSON.stringify({ resume: true }));
    sessionStorage.setItem("s2s-call", call);
  }, saved);
}

/**
 * Upwards, back and up again, half a screenful each frame. Gives the page's own processor time for each frame, which
 * a busy machine does not lengthen as it does the long tasks.
 */
async function scrolledThrough(page: Page, list: Locator): Promise<{ workMs: number; longTasks: number[] }> {
  const browser = await page.context().newCDPSession(page);
  await browser.send("Performance.enable", { timeDomain: "threadTicks" });
  const work = async () => (await browser.send("Performance.getMetrics")).metrics.find(({ name }) => name === "TaskDuration")?.value ?? NaN;
  const before = await work();
  const longTasks = await list.evaluate(async (element, frames) => {
    const long: number[] = [];
    const observer = new PerformanceObserver((entries) => {
      long.push(...entries.getEntries().map(({ duration }) => Math.round(duration)));
    });
    observer.observe({ type: "longtask" });
    const frame = () => new Promise(requestAnimationFrame);
    for (const way of [-1, 1, -1]) {
      for (let step = 0; step < frames / 3; step++) {
        element.scrollTop += way * 400;
        await frame();
      }
    }
    await frame();
    observer.disconnect();
    return long;
  }, FRAMES);
  return { workMs: (1000 * ((await work()) - before)) / FRAMES, longTasks };
}

function aFile(): string {
  const items = [
    { kind: "connection", atMs: 100, status: "connected", carrier: "webrtc", detour: null },
    { kind: "person", atMs: 800, endMs: 2_400, text: "What’s the weather in Paris?" },
    { kind: "tool", atMs: 2_900, endMs: 3_300, name: "get_weather", args: { city: "Paris" }, ok: true, result: "12 degrees, light rain", tookMs: 400 },
    { kind: "latency", atMs: 3_400, turn: 1, earMs: 1_000, marks: {} },
    { kind: "answer", turn: 1, atMs: 3_400, endMs: 6_000, text: "It is 12 degrees in Paris, with light rain.", heardChars: 43, pieces: [] },
    { kind: "person", atMs: 6_900, endMs: 8_000, text: "Tell me a story." },
    { kind: "answer", turn: 2, atMs: 8_700, endMs: 10_500, text: "Once upon a time there was a lighthouse by the sea.", heardChars: 17, pieces: [] },
    { kind: "interruption", atMs: 10_500, by: "voice", turn: 2, heardMs: 1_800 },
    { kind: "upstream", atMs: 11_200, status: "reconnecting", detail: "A new line is made." },
    { kind: "upstream", atMs: 11_500, status: "live", detail: "" },
  ];
  const wave = (rate: number, stretches: readonly [number, number][]) => ({
    rate,
    samples: 12 * rate,
    pieces: stretches.map(([fromMs, toMs]) => {
      const count = Math.round(((toMs - fromMs) * rate) / 1000);
      const pcm = Int16Array.from({ length: count }, (_, at) => 9_000 * Math.sin(at / 9) * Math.abs(Math.sin(at / (rate / 9))));
      return { at: (fromMs * rate) / 1000, pcm16le: Buffer.from(pcm.buffer).toString("base64") };
    }),
  });
  const sound = { person: wave(16_000, [[800, 2_400], [6_900, 8_000]]), ai: wave(24_000, [[3_400, 6_000], [8_700, 10_500]]) };
  const model = { backend: "emulator", name: "local" };
  return JSON.stringify({ format: "s2s-call", version: 1, id: "x", startedAt: "2026-11-22T09:30:00.000Z", durationMs: 12_000, model, items, soundEndsMs: null, sound });
}

async function inspect(page: Page, info: TestInfo, name: string): Promise<void> {
  await page.screenshot({ path: info.outputPath(`${name}.png`) });
  const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
}
