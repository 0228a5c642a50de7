/**
 * A real call with the built page: somebody hums into the microphone, and the local engine tells a story whose words
 * light up as they are spoken. Each is traced for some seconds, at full speed and with the browser's own brake.
 *
 * FRAMES_RATES: brakes, such as "1,4,6". FRAMES_DIST: a folder with another build of the page, to compare with.
 */
import { mkdtempSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, expect, type Page, test } from "@playwright/test";
import { build } from "../builtSite";
import { CHROMIUM_ARGS, chromiumPath, freePort, startGateway } from "../machine";
import { hum } from "./hum";
import { type Costs, costsOf, type TraceEvent } from "./trace";

const RATES = (process.env["FRAMES_RATES"] ?? "1,4,6").split(",").map(Number);
const TRACED_MS = 4_000;

test("what a picture costs", async () => {
  const dist = process.env["FRAMES_DIST"] ?? (await builtHere());
  const port = freePort();
  const url = `http://127.0.0.1:${port}`;
  const gateway = await startGateway(port, url, { S2S_CLIENT_DIR: dist });
  await expect.poll(async () => (await fetch(`${url}/health`).catch(() => null))?.status, { timeout: 60_000 }).toBe(200);
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: [...CHROMIUM_ARGS] });
  try {
    const table: Record<string, Record<string, number>> = {};
    for (const rate of RATES) {
      const { listening, speaking } = await oneCall(browser, url, rate);
      table[`listening, ${rate}x`] = rounded(listening);
      table[`speaking, ${rate}x`] = rounded(speaking);
    }
    console.log(`${cpus().length} x ${cpus()[0]?.model ?? "?"}, load ${loadavg().map((one) => one.toFixed(1)).join(" ")}`);
    console.table(table);
  } finally {
    await browser.close();
    gateway.stop();
  }
});

async function builtHere(): Promise<string> {
  const dist = mkdtempSync(join(tmpdir(), "s2s-frames-"));
  await build(dist, []);
  return dist;
}

async function oneCall(browser: Browser, url: string, rate: number) {
  const page = await browser.newPage({ viewport: { width: 1366, height: 768 }, permissions: ["microphone"] });
  await page.addInitScript(hum);
  await page.goto(url);
  await page.getByRole("button", { name: "Start Conversation" }).click();
  await page.getByText("Listening", { exact: true }).waitFor();
  const listening = await traced(browser, page, rate);
  await page.getByRole("textbox", { name: "Message" }).fill("Tell me a story.");
  await page.keyboard.press("Enter");
  await page.locator("canvas.wave[data-form=speaking]").waitFor();
  const speaking = await traced(browser, page, rate);
  if (process.env["FRAMES_LOOK"]) await page.screenshot({ path: process.env["FRAMES_LOOK"] });
  await expect(page.locator("canvas.wave")).toHaveAttribute("data-form", "speaking");
  await page.close();
  return { listening, speaking };
}

async function traced(browser: Browser, page: Page, rate: number): Promise<Costs> {
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate });
  // What begins with the state is through, also where all is slow.
  await page.waitForTimeout(1_000);
  await browser.startTracing(page, { categories: ["devtools.timeline", "toplevel", "cc"] });
  await page.waitForTimeout(TRACED_MS);
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  await session.send("Emulation.setCPUThrottlingRate", { rate: 1 });
  return costsOf(traceEvents, mainThread(traceEvents));
}

/** Of the pages' main threads the one with the most to do: it has no pictures of its own while another thread draws. */
function mainThread(events: readonly TraceEvent[]): string {
  const threadOf = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`;
  const pages = new Set(events.filter(({ name, args }) => name === "thread_name" && args?.name === "CrRendererMain").map(threadOf));
  const count = new Map<string, number>();
  for (const event of events) {
    const thread = threadOf(event);
    if (event.name === "ThreadControllerImpl::RunTask" && pages.has(thread)) count.set(thread, (count.get(thread) ?? 0) + 1);
  }
  const [most] = [...count].sort((one, other) => other[1] - one[1]);
  if (!most) throw new Error("the trace holds no page");
  return most[0];
}

function rounded(costs: Costs): Record<string, number> {
  return Object.fromEntries(Object.entries(costs).map(([name, value]) => [name, Number((value as number).toFixed(2))]));
}
