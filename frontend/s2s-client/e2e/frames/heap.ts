/**
 * Whether the page's memory grows while people talk: one call with the built page and the local engine, typed to every few
 * seconds, and what is left on the heap after a garbage collection, once a minute.
 *
 * HEAP_MINUTES: how long; 60 without it.
 */
import { mkdtempSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { type CDPSession, chromium, expect, test } from "@playwright/test";
import { build } from "../builtSite";
import { CHROMIUM_ARGS, chromiumPath, freePort, startGateway } from "../machine";
import { hum } from "./hum";
import { growth, type Look } from "./growth";

const MINUTES = Number(process.env["HEAP_MINUTES"] ?? 60);
const LOOK_EVERY_MS = Math.min(60_000, (MINUTES * 60_000) / 10);
const QUESTIONS = ["What time is it in Tokyo?", "Tell me a story.", "What is fifteen percent of eighty?", "What can you do?"];

test("what a long call leaves on the heap", async () => {
  test.setTimeout(MINUTES * 60_000 + 300_000);
  const dist = mkdtempSync(join(tmpdir(), "s2s-heap-"));
  await build(dist, []);
  const port = freePort();
  const url = `http://127.0.0.1:${port}`;
  // Nobody sits here to say that they are still there.
  const gateway = await startGateway(port, url, { S2S_CLIENT_DIR: dist, S2S_IDLE_MINUTES: "0" });
  await expect.poll(async () => (await fetch(`${url}/health`).catch(() => null))?.status, { timeout: 60_000 }).toBe(200);
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: [...CHROMIUM_ARGS] });
  try {
    const page = await browser.newPage({ viewport: { width: 1366, height: 768 }, permissions: ["microphone"] });
    await page.addInitScript(hum);
    await page.goto(`${url}/app/`);
    await page.getByRole("button", { name: "Start Conversation" }).click();
    await page.getByText("Listening", { exact: true }).waitFor();
    const session = await page.context().newCDPSession(page);
    await session.send("Performance.enable");
    const looks: Look[] = [];
    const began = performance.now();
    let turns = 0;
    while (performance.now() - began < MINUTES * 60_000) {
      if (performance.now() - began >= looks.length * LOOK_EVERY_MS) looks.push({ ...(await look(session)), minute: (performance.now() - began) / 60_000, turns });
      await page.getByRole("textbox", { name: "Message" }).fill(QUESTIONS[turns % QUESTIONS.length]!);
      await page.keyboard.press("Enter");
      turns++;
      await page.locator("canvas.wave[data-form=speaking]").waitFor();
      await page.locator("canvas.wave:not([data-form=speaking])").waitFor();
    }
    looks.push({ ...(await look(session)), minute: (performance.now() - began) / 60_000, turns });
    console.log(`load ${loadavg().map((one) => one.toFixed(1)).join(" ")}`);
    console.table(looks);
    const found = growth(looks);
    console.log(`behind the first quarter: ${found.kbATurn.toFixed(1)} kB a turn, ${found.mbAnHour.toFixed(2)} MB an hour`);
  } finally {
    await browser.close();
    gateway.stop();
  }
});

async function look(session: CDPSession): Promise<Omit<Look, "minute" | "turns">> {
  await session.send("HeapProfiler.collectGarbage");
  const { metrics } = await session.send("Performance.getMetrics");
  const value = (name: string) => metrics.find((one) => one.name === name)?.value ?? NaN;
  return { heapMb: value("JSHeapUsedSize") / 1e6, nodes: value("Nodes"), listeners: value("JSEventListeners") };
}
