/** The two ways in which people get the page: built and served by the gateway, and with a real microphone device. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { chromium } from "@playwright/test";
import { expect, test } from "./harness";
import { chromiumPath, freePort, startGateway, synthesise } from "./machine";

const CLIENT_DIR = resolve(import.meta.dirname, "..");

test("the built page works under /app/ of the gateway, same origin, and / leads a browser there", async ({ person, page }) => {
  const dist = mkdtempSync(join(tmpdir(), "s2s-dist-"));
  execFileSync("npx", ["vite", "build", "--outDir", dist, "--logLevel", "warn"], {
    cwd: CLIENT_DIR,
    env: { ...process.env, REACT_APP_API_URL: "" },
  });
  const port = freePort();
  const gateway = await startGateway(port, `http://127.0.0.1:${port}`, { S2S_CLIENT_DIR: dist });
  try {
    await expect.poll(async () => (await fetch(`http://127.0.0.1:${port}/health`).catch(() => null))?.status).toBe(200);
    await person.open(`http://127.0.0.1:${port}/`);
    expect(new URL(page.url()).pathname).toBe("/app/");
    await person.start();
    await person.say("What time is it in London?");
    await person.hearsVoice();
    await person.button("End Session").click();
  } finally {
    gateway.stop();
  }
});

test("a microphone device of the browser itself is heard, with its echo cancellation and gain control", async ({ baseURL }) => {
  const wav = join(mkdtempSync(join(tmpdir(), "s2s-device-")), "question.wav");
  // Silence first: the file starts with getUserMedia and not with the conversation.
  const silence = Buffer.alloc(16_000 * 2 * 2);
  const said = synthesise("What time is it in London?");
  const bytes = Buffer.concat([said.subarray(0, 44), silence, said.subarray(44)]);
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.writeUInt32LE(bytes.length - 44, 40);
  writeFileSync(wav, bytes);
  const browser = await chromium.launch({
    executablePath: chromiumPath(),
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--use-fake-ui-for-media-stream",
      "--use-fake-device-for-media-stream",
      `--use-file-for-fake-audio-capture=${wav}%noloop`,
    ],
  });
  try {
    const page = await browser.newPage();
    await page.goto(baseURL!);
    await page.getByRole("button", { name: "Start Conversation" }).click();
    // Processed by the browser, the synthetic voice is not always understood to the letter; that it was heard is enough.
    await expect(page.getByRole("log")).toContainText("You");
    await expect(page.getByRole("log")).toContainText("AI");
    await page.getByRole("button", { name: "End Session" }).click();
  } finally {
    await browser.close();
  }
});
