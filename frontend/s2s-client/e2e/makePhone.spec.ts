/** `make phone`: the page over TLS at this computer's own address, opened by the link of its QR code. */
import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { devices } from "@playwright/test";
import { listen } from "./audit";
import { expect, test } from "./harness";
import { freePort, gatewayPython } from "./machine";

const { viewport, userAgent, deviceScaleFactor, isMobile, hasTouch } = devices["Pixel 7"];
// A person looks at the certificate, and goes on.
test.use({ viewport, userAgent, deviceScaleFactor, isMobile, hasTouch, ignoreHTTPSErrors: true });

/** An address by which others would reach this computer; where it is in no network, one that they would not. */
const ADDRESS = Object.values(networkInterfaces()).flat().find((one) => one?.family === "IPv4" && !one.internal)?.address ?? "127.0.0.1";

/** The script, until its link is printed. */
async function startPhone() {
  const folder = mkdtempSync(join(tmpdir(), "s2s-phone-story-"));
  const env = { S2S_UPSTREAM: "emulator", S2S_HOST: ADDRESS, S2S_PORT: freePort(), S2S_RUN_DIR: folder, S2S_LOG_DIR: folder };
  const script = spawn(gatewayPython(), [resolve(import.meta.dirname, "../../../scripts/phone.py")], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  const link = await new Promise<string>((settle, refuse) => {
    script.stdout.on("data", (text: Buffer) => {
      said += text.toString();
      const found = /^https:\/\/\S+$/m.exec(said)?.[0];
      if (found) settle(found);
    });
    script.on("exit", () => { refuse(new Error(said)); });
  });
  return { link, stop: () => script.kill("SIGINT") };
}

test("a phone that opens the link is signed in and talks, over a network with room for the voice alone, and its console is silent", async ({ person, page }) => {
  const phone = await startPhone();
  try {
    const unwanted: string[] = [];
    // The key belongs into no request, and the weights of the voice detection are not worth what the voice needs.
    page.on("request", (request) => { if (/s2s_|\.bin$/.test(request.url())) unwanted.push(request.url()); });
    const { complaints } = await listen(page);
    await page.addInitScript(() => { Object.defineProperty(navigator, "connection", { value: { downlink: 0.1 } }); });
    await person.open(phone.link);
    await expect(person.button("Start Conversation")).toBeVisible();
    expect(page.url()).toBe(phone.link.replace(/#.*/, ""));
    expect(await page.evaluate(() => window.isSecureContext)).toBe(true);
    await person.button("Start Conversation").tap();
    await page.getByText("Listening", { exact: true }).waitFor();
    await person.say("What time is it in London?");
    await page.locator("canvas.wave[data-form=speaking]").waitFor();
    await expect(person.transcript).toContainText(/AI.*london/i);
    await person.button("End Session").tap();
    // Signed in it stays, in this tab.
    await page.reload();
    await expect(person.button("Start Conversation")).toBeVisible();
    expect(unwanted).toEqual([]);
    // This computer's own address is no stranger, and the page's policy stops the ear of these stories.
    expect(complaints.filter((one) => one !== `request to ${ADDRESS}` && !one.includes("worklet module script: blob:"))).toEqual([]);
  } finally {
    phone.stop();
  }
});
