/** The ways in which people get the page: built and served by the gateway, inside other pages, and with a real device. */
import { mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { chromium } from "@playwright/test";
import { hasIcons, hasSourceMaps, isStrict, isWellMade, listen } from "./audit";
import { BuiltSite, canBeInstalled, watch } from "./builtSite";
import { expect, test } from "./harness";
import { chromiumPath, synthesize } from "./machine";
import { openPathProxy } from "./pathProxy";
import { buildReactPage } from "./reactPage";
import { opensSettings, opensSignIn, opensWhatACallHas, opensWhatIsLeft } from "./rooms";

// The thread that draws what moves is a part of the page, too.
test.use({ contextOptions: { reducedMotion: "no-preference" } });

let built: BuiltSite;

test.beforeAll(async () => {
  // Five builds, and a gateway with an engine.
  test.setTimeout(180_000);
  built = await BuiltSite.open();
  await buildReactPage(built.gateway, join(built.dist, "react"));
});

test.afterAll(() => {
  built.close();
});

test("one element on a page of another origin is spoken to and answers, by keyboard, whatever that page looks like", async ({ person, page }) => {
  const faults = await watch(page, built.gateway);
  await page.goto(built.elsewhere);
  const agent = page.locator("s2s-voice-agent");
  await expect(agent.getByText("Talk to AI. It talks back.")).toBeVisible();
  const { violations } = await new AxeBuilder({ page }).include("s2s-voice-agent").analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
  // The page paints everything red and hides all buttons; the inside of the element is its own.
  await expect(person.button("Start Conversation")).not.toHaveCSS("color", "rgb(255, 0, 0)");
  await page.keyboard.press("Tab");
  await expect(person.button("Start Conversation")).toBeFocused();
  await page.keyboard.press("Enter");
  await agent.getByText("Listening", { exact: true }).waitFor();
  // Whoever presses Space or Enter again does not end the call.
  await expect(agent.getByRole("group", { name: "Call controls" })).toBeFocused();
  await page.keyboard.press("Space");
  await page.keyboard.press("Enter");
  await person.isAnswered("element");
  await expect(person.transcript).toContainText(/You .*london/i);
  await expect(page.locator("#heard")).toContainText(/connecting .*listening .*speaking/);
  await person.button("End Session").click();
  await page.waitForFunction(() => window.probe.liveTracks() + window.probe.openContexts() === 0);
  expect(faults).toEqual([]);
});

test("an example page without a framework holds a conversation, and so does a React page that has installed the library", async ({ person, page }) => {
  const faults = await watch(page, built.gateway);
  await person.open(`${built.gateway}/app/examples/plain.html`);
  await person.button("Start").click();
  await expect(page.locator("#status")).toHaveText("listening");
  await person.say("What time is it in London?");
  await person.hearsVoice();
  await expect(page.getByRole("log")).toContainText("AI: ");
  await person.button("End").click();
  await expect(page.locator("#status")).toHaveText("ended");

  await person.open(`${built.gateway}/app/react/index.html`);
  // The example's first part is the element, in words of its own.
  await expect(person.button("Gespräch beginnen")).toBeVisible();
  await person.button("Talk").click();
  await expect(person.button("Stop talking")).toBeVisible();
  await person.say("What time is it in London?");
  await person.hearsVoice();
  expect(faults).toEqual([]);
});

test("below a path of a reverse proxy the page finds its gateway, over both transports", async ({ person, page }) => {
  const proxy = await openPathProxy(built.gateway, "/voice");
  const faults = await watch(page, proxy.url);
  for (const transport of ["automatic", "websocket"]) {
    await page.addInitScript((kept) => { localStorage.setItem("s2s-settings", kept); }, JSON.stringify({ transport }));
    if (transport === "automatic") await person.waitsForWebRtc();
    await person.open(`${proxy.url}/`);
    await expect(page).toHaveURL(`${proxy.url}/app/`);
    if (transport === "websocket") await person.letsSocketsOpen();
    await person.start();
    await expect(person.connection).toHaveText(transport === "automatic" ? "Connected over WebRTC" : /Connected over WebSocket/);
    await person.say("What time is it in London?");
    await person.hearsVoice();
    await person.button("End Session").click();
  }
  expect(faults).toEqual([]);
  proxy.close();
});

/** A file's bytes on the wire, and how they are coded. */
async function served(url: string, accept: string): Promise<{ bytes: number; coding: string | undefined }> {
  return new Promise((settle, refuse) => {
    get(url, { headers: { "Accept-Encoding": accept } }, (answer) => {
      let bytes = 0;
      answer.on("data", (chunk: Buffer) => { bytes += chunk.length; });
      answer.on("end", () => { settle({ bytes, coding: answer.headers["content-encoding"] }); });
    }).on("error", refuse);
  });
}

test("the first screen takes at most 120 kB of scripts, as a browser of today gets them", async ({ page }) => {
  const scripts: string[] = [];
  page.on("request", (request) => { if (request.url().endsWith(".js")) scripts.push(request.url()); });
  await page.goto(`${built.gateway}/app/`, { waitUntil: "networkidle" });
  await expect(page.getByRole("button", { name: "Start Conversation" })).toBeVisible();
  const [main] = scripts;
  expect(main).toMatch(/index-.*\.js$/);
  // Over plain http to another machine, where there is no microphone, browsers ask for gzip alone.
  for (const [accept, coding, limit] of [["gzip, deflate, br", "br", 120_000], ["gzip", "gzip", 135_000]] as const) {
    const found = await Promise.all(scripts.map((url) => served(url, accept)));
    expect(found[0]?.coding).toBe(coding);
    const total = found.reduce((sum, { bytes }) => sum + bytes, 0);
    console.log(`first screen: ${total} bytes of JavaScript in ${scripts.length} files, as ${coding}`);
    expect(total).toBeLessThanOrEqual(limit);
  }
});

test("the built page works under /app/ of the gateway with all that it can open, asks nobody else for anything, and can be installed", async ({ person, page }) => {
  // A conversation, and every dialog of the page.
  test.setTimeout(120_000);
  const faults = await watch(page, built.gateway);
  const { complaints } = await listen(page);
  const scripts = new Set<string>();
  page.on("request", (request) => request.resourceType() === "script" && scripts.add(request.url()));
  await opensSignIn(page, `${built.gateway}/app/`);
  await person.open(`${built.gateway}/`);
  expect(new URL(page.url()).pathname).toBe("/app/");
  await isWellMade(page);
  await opensSettings(page);
  await person.keepsSound();
  await person.start();
  await person.say("What time is it in London?");
  await person.hearsVoice();
  await person.hearsSilenceAgain();
  await opensWhatACallHas(page);
  await person.button("End Session").click();
  await opensWhatIsLeft(page);
  // The way past a firewall is open, too.
  await page.evaluate(() => new Promise((settle) => {
    new WebSocket(`ws://${location.host}/api/session/none/ws`).onopen = settle;
  }));
  expect(faults).toEqual([]);
  expect(complaints).toEqual([]);
  await canBeInstalled(page);
  await hasIcons(page);
  await hasSourceMaps([...scripts]);
  const opened = new Set([...scripts].map((script) => new URL(script).pathname.replace("/app/assets/", "")));
  const parts = readdirSync(join(built.dist, "assets")).filter((name) => name.endsWith(".js") && !name.includes(".worklet-"));
  expect(parts.filter((part) => !opened.has(part)), "every part of the page was opened").toEqual([]);
  const answer = await fetch(`${built.gateway}/app/`);
  isStrict(answer.headers.get("Content-Security-Policy") ?? "");
  await page.evaluate(() => fetch("http://third-party.invalid/").catch(() => null));
  await expect.poll(() => faults).toContainEqual("policy: connect-src http://third-party.invalid/");
  await page.evaluate(() => {
    const smuggled = document.createElement("script");
    smuggled.textContent = "document.title = 'smuggled'";
    document.head.append(smuggled);
  });
  await expect.poll(() => faults).toContainEqual("policy: script-src-elem inline");
  await expect(page).not.toHaveTitle("smuggled");

  await page.evaluate(() => navigator.serviceWorker.ready);
  built.kill();
  await page.reload();
  await expect(page.getByRole("heading", { name: "S2S can’t be reached" })).toBeVisible();
});

test("a microphone device of the browser itself is heard, with its echo cancellation and gain control", async ({ baseURL }) => {
  const wav = join(mkdtempSync(join(tmpdir(), "s2s-device-")), "question.wav");
  // Silence first: the file starts with getUserMedia and not with the conversation.
  const silence = Buffer.alloc(16_000 * 2 * 2);
  const said = synthesize("What time is it in London?");
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
