/** The built page in a Chromium with devices of the stories' own: sound card, screen, headset buttons. */
import { chromium, expect, test as base, type Page } from "@playwright/test";
import { BuiltSite } from "../builtSite";
import { lent } from "../lent";
import { Screen } from "../firefox/screen";
import { SoundCard } from "../firefox/soundCard";
import { CHROMIUM_ARGS, chromiumPath } from "../machine";
import { MediaKeys } from "./mediaKeys";

export { expect } from "@playwright/test";

interface World {
  readonly site: BuiltSite;
  readonly display: Screen;
}

interface Desk {
  readonly card: SoundCard;
  readonly keys: MediaKeys;
  readonly caller: Caller;
}

declare global {
  interface Window {
    microphones: MediaStreamTrack[];
  }
}

/** What Chromium itself says of a loudspeaker that was pulled out. */
const UNPLUGGED = /AudioContext encountered an error from the audio device/;

/** Every track that the page was given: what it does with devices that come and go is to be seen here. */
function rememberMicrophones(): void {
  window.microphones = [];
  const { mediaDevices } = navigator;
  const ask = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = async (wish) => {
    const stream = await ask(wish);
    window.microphones.push(...stream.getAudioTracks());
    return stream;
  };
}

export class Caller {
  constructor(
    readonly page: Page,
    private readonly gateway: string,
  ) {}

  async calls(): Promise<void> {
    await this.page.goto(`${this.gateway}/app/`);
    await this.start();
  }

  async start(): Promise<void> {
    await this.button("Start Conversation").click();
    await this.page.getByText("Listening", { exact: true }).waitFor();
    await expect(this.page.locator(".connection")).toContainText("Connected over");
  }

  button(name: string) {
    return this.page.getByRole("button", { name, exact: true });
  }

  get transcript() {
    return this.page.getByRole("log", { name: "Transcript" });
  }

  /** Chooses a device in the settings, which open and close for it. */
  async chooses(list: "Microphone" | "Speaker", label: string): Promise<void> {
    await this.button("Settings").click();
    await this.page.getByLabel(list, { exact: true }).selectOption({ label });
    await this.page.keyboard.press("Escape");
  }

  /** Settles when the microphone of this name is open. */
  async listensTo(label: string): Promise<void> {
    await expect.poll(() => this.page.evaluate(() => window.microphones.filter(({ readyState }) => readyState === "live").map((track) => track.label))).toEqual([label]);
  }

  /** Chromium is told by udev what is plugged in or out. Where there is none, it finds out when it is asked. */
  async looksAtDevices(): Promise<void> {
    await this.page.evaluate(() => navigator.mediaDevices.enumerateDevices());
  }

  async types(words: string): Promise<void> {
    await this.page.getByLabel("Message").fill(words);
    await this.page.keyboard.press("Enter");
  }
}

export const test = base.extend<Desk, World>({
  site: [lent(() => BuiltSite.open()), { scope: "worker", timeout: 120_000 }],
  display: [lent(() => Screen.open()), { scope: "worker" }],
  card: lent(() => SoundCard.open()),
  keys: lent(() => MediaKeys.open()),
  caller: async ({ site, display, card, keys }, provide, info) => {
    const env = { ...process.env, PULSE_SERVER: card.server, DISPLAY: display.display, DBUS_SESSION_BUS_ADDRESS: keys.bus };
    const browser = await chromium.launch({ executablePath: chromiumPath(), headless: false, args: [...CHROMIUM_ARGS], env });
    const context = await browser.newContext({ permissions: ["microphone"] });
    const page = await context.newPage();
    await page.addInitScript(rememberMicrophones);
    const faults: string[] = [];
    page.on("pageerror", (fault) => faults.push(String(fault)));
    page.on("console", (message) => { if (message.type() === "error" && !UNPLUGGED.test(message.text())) faults.push(message.text()); });
    await provide(new Caller(page, site.gateway));
    await page.screenshot({ path: info.outputPath("end.png") });
    await browser.close();
    expect(faults).toEqual([]);
  },
});
