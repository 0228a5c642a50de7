/** What the build makes, served by a gateway of its own, and a page of another origin that uses it. */
import { execFile } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, type Page } from "@playwright/test";
import { freePort, startGateway } from "./machine";
import { TAP } from "./probe";

const CLIENT_DIR = resolve(import.meta.dirname, "..");

export class BuiltSite {
  private constructor(
    readonly gateway: string,
    /** The page of another origin. */
    readonly elsewhere: string,
    /** Where the built files are, for a second gateway. */
    readonly dist: string,
    private readonly running: Awaited<ReturnType<typeof startGateway>>,
    private readonly server: Server,
  ) {}

  static async open(): Promise<BuiltSite> {
    const dist = mkdtempSync(join(tmpdir(), "s2s-dist-"));
    const embed = ["-c", "vite.embed.config.ts", "--mode"];
    await Promise.all([[], [...embed, "element"], [...embed, "client"]].map((more) => build(dist, more)));
    await promisify(execFile)(process.execPath, ["scripts/compress.js", dist], { cwd: CLIENT_DIR });
    writeFileSync(join(dist, "probe-tap.js"), TAP);
    const port = freePort();
    const gateway = `http://127.0.0.1:${port}`;
    const { server, url } = await otherPage(gateway);
    const running = await startGateway(port, `${gateway},${url}`, { S2S_CLIENT_DIR: dist });
    await expect.poll(async () => (await fetch(`${gateway}/health`).catch(() => null))?.status).toBe(200);
    return new BuiltSite(gateway, url, dist, running, server);
  }

  kill(): void {
    this.running.kill();
  }

  close(): void {
    this.running.stop();
    this.server.close();
  }
}

export async function build(dist: string, more: readonly string[]): Promise<void> {
  const env = { ...process.env, REACT_APP_API_URL: "" };
  await promisify(execFile)("npx", ["vite", "build", "--outDir", dist, "--logLevel", "error", ...more], { cwd: CLIENT_DIR, env });
}

const SHOP = `<!doctype html><html lang="en"><title>A shop</title><link rel="stylesheet" href="shop.css">
<script type="module" src="GATEWAY/app/s2s-voice-agent.js"></script><script type="module" src="shop.js"></script>
<main><h1>A shop</h1><s2s-voice-agent language="en-US"></s2s-voice-agent><p id="heard"></p></main></html>`;
const SHOP_CSS = "* { color: red; font: 40px serif; letter-spacing: 1em } button, canvas { display: none !important }";
const SHOP_JS = `addEventListener("s2s-phase", ({ detail }) => { heard.textContent += detail.phase + " "; });`;

/** As docs/embedding.md says it; the story fails where that is not enough. */
const POLICY = "default-src 'self'; script-src 'self' GATEWAY; connect-src GATEWAY WEBSOCKET; worker-src blob: GATEWAY";

async function otherPage(gateway: string): Promise<{ server: Server; url: string }> {
  const place = (text: string) => text.replaceAll("GATEWAY", gateway).replace("WEBSOCKET", gateway.replace("http", "ws"));
  const files = new Map([["/shop.css", ["text/css", SHOP_CSS]], ["/shop.js", ["text/javascript", SHOP_JS]]] as const);
  const server = createServer(({ url }, answer) => {
    const [type, text] = files.get(url as "/shop.css") ?? ["text/html", place(SHOP)];
    answer.writeHead(200, { "Content-Type": type, "Content-Security-Policy": place(POLICY) }).end(text);
  });
  const port = freePort();
  await new Promise<void>((settle) => server.listen(Number(port), "127.0.0.1", settle));
  return { server, url: `http://127.0.0.1:${port}` };
}

/** What the page does that it must not: asks others than itself and its gateway, breaks a policy. Grows while the page lives. */
export async function watch(page: Page, gateway: string): Promise<string[]> {
  const faults: string[] = [];
  page.context().on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    const own = [gateway, new URL(page.url()).origin, "null"].includes(origin) || protocol === "blob:" || protocol === "data:";
    if (!own && page.url() !== "about:blank") faults.push(`request: ${request.url()}`);
  });
  await page.exposeFunction("toldViolation", (text: string) => {
    if (!faults.includes(text)) faults.push(text);
  });
  await page.addInitScript((tap) => {
    window.probeTap = tap;
    document.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) => {
      (window as unknown as { toldViolation(text: string): void }).toldViolation(`policy: ${effectiveDirective} ${blockedURI}`);
    });
  }, `${gateway}/app/probe-tap.js`);
  return faults;
}

/** As Chromium judges it. The private windows of tests are the one thing that it may mind. */
export async function canBeInstalled(page: Page): Promise<void> {
  const browser = await page.context().newCDPSession(page);
  const manifest = await browser.send("Page.getAppManifest");
  expect(manifest.errors).toEqual([]);
  expect(manifest.url).toContain("/app/manifest.webmanifest");
  const { installabilityErrors } = await browser.send("Page.getInstallabilityErrors");
  expect(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== "in-incognito")).toEqual([]);
}
