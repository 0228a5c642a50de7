/** A person in front of the real page in Firefox, driven over WebDriver BiDi. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "@playwright/test";
import puppeteer, { type Browser, type BrowserContext, type ElementHandle, type KeyInput, type Page } from "puppeteer-core";
import type { Screen } from "./screen";
import type { SoundCard } from "./soundCard";

/** FIREFOX_PATH, else what the PATH offers. */
function firefoxPath(): string {
  const wished = process.env["FIREFOX_PATH"];
  if (wished) return wished;
  for (const name of ["firefox-esr", "firefox"]) {
    if (spawnSync("sh", ["-c", `command -v ${name}`]).status === 0) {
      return execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
    }
  }
  throw new Error("No Firefox was found. Install one (Debian: apt-get install firefox-esr) or set FIREFOX_PATH to its program.");
}

const DOWNLOADS = mkdtempSync(join(tmpdir(), "s2s-downloads-"));

export async function openFirefox(card: SoundCard, screen: Screen, more: Record<string, unknown> = {}): Promise<Browser> {
  return await puppeteer.launch({
    browser: "firefox",
    executablePath: firefoxPath(),
    headless: false,
    timeout: 60_000,
    env: { ...process.env, PULSE_SERVER: card.server, DISPLAY: screen.display },
    extraPrefsFirefox: {
      // The one thing that BiDi cannot press: "Allow" for the microphone, the camera and the screen.
      "media.navigator.permission.disabled": true,
      "browser.download.dir": DOWNLOADS,
      "browser.download.folderList": 2,
      "browser.download.alwaysOpenPanel": false,
      ...more,
    },
  });
}

export class Person {
  /** What the page's console held against it. */
  readonly faults: string[] = [];
  /** What it may hold against it. */
  forgives: RegExp | null = null;

  private constructor(
    private readonly context: BrowserContext,
    readonly page: Page,
    readonly card: SoundCard,
  ) {
    page.on("console", (message) => {
      if (message.type() === "error" && !this.forgives?.test(message.text())) this.faults.push(message.text());
    });
    page.on("pageerror", (error) => {
      if (!this.forgives?.test(String(error))) this.faults.push(String(error));
    });
  }

  /** With a device of their own, on which nothing is kept yet. */
  static async at(browser: Browser, card: SoundCard): Promise<Person> {
    const context = await browser.createBrowserContext();
    const page = await context.newPage();
    await page.setViewport({ width: 1100, height: 800 });
    return new Person(context, page, card);
  }

  /** Both voices of the call are kept. */
  async calls(gateway: string): Promise<void> {
    await this.page.goto(`${gateway}/app/`);
    await (await this.sees(".dock .switch input")).click();
    await this.start();
  }

  async start(): Promise<void> {
    await this.press("Start Conversation");
    await this.reads(/^(Listening|Your turn)$/m);
    await this.reads(/Connected over/);
  }

  async leave(): Promise<void> {
    await this.context.close();
  }

  /** Settles when the page shows such words. */
  async reads(words: RegExp): Promise<void> {
    await this.readsIn("body", words);
  }

  /** Settles when the transcript shows such words. */
  async readsInTranscript(words: RegExp): Promise<void> {
    await this.readsIn("[role=log]", words);
  }

  /** Settles when an answer was heard since the loudspeaker was told to forget, and is over. */
  async hearsTheEnd(): Promise<void> {
    await this.card.loudspeaker.hears();
    await this.reads(/^(Listening|Your turn)$/m);
    await this.card.loudspeaker.hearsSilence();
  }

  async readsIn(selector: string, words: RegExp): Promise<void> {
    await expect.poll(() => this.words(selector)).toMatch(words);
  }

  /** Settles when what a selector names is on the page. Shadow roots are entered by `>>>`. */
  async sees(selector: string): Promise<ElementHandle> {
    let found: ElementHandle | null = null;
    await expect.poll(async () => (found = await this.page.$(selector)) !== null, { message: selector }).toBe(true);
    return found!;
  }

  async seesNo(selector: string): Promise<void> {
    await expect.poll(() => this.count(selector), { message: selector }).toBe(0);
  }

  async count(selector: string): Promise<number> {
    return (await this.page.$$(selector)).length;
  }

  async words(selector: string): Promise<string> {
    const found = await this.page.$(selector);
    return found ? await found.evaluate((one) => (one as HTMLElement).innerText) : "";
  }

  /** Presses the button of this name with the mouse. */
  async press(name: string | RegExp): Promise<void> {
    let button: ElementHandle | null = null;
    await expect.poll(async () => (button = await this.#button(name)) !== null, { message: String(name) }).toBe(true);
    await button!.click();
  }

  async #button(name: string | RegExp): Promise<ElementHandle | null> {
    // A dialog that is open covers the rest.
    const where = (await this.count("dialog[open]")) > 0 ? "dialog[open] button" : ">>> button";
    const nameOf = (one: Element) => one.getAttribute("aria-label") ?? (one as HTMLElement).innerText.trim();
    for (const button of await this.page.$$(where)) {
      const found = await button.evaluate(nameOf);
      if (typeof name === "string" ? found === name : name.test(found)) return button;
    }
    return null;
  }

  async types(words: string): Promise<void> {
    await (await this.sees("input[name=words]")).click();
    await this.page.keyboard.type(words);
    await this.page.keyboard.press("Enter");
  }

  async key(...keys: KeyInput[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.down(key);
    for (const key of keys.reverse()) await this.page.keyboard.up(key);
  }

  /** Chooses one of a list, by their words. */
  async chooses(list: string, option: string): Promise<void> {
    await expect.poll(() => this.page.evaluate(
      ([name, words]) => {
        const label = [...document.querySelectorAll("label")].find((one) => one.innerText === name);
        const options = [...((label?.control as HTMLSelectElement | null)?.options ?? [])];
        return options.map(({ text }) => text).includes(words ?? "");
      },
      [list, option],
    ), { message: `${list}: ${option}` }).toBe(true);
    const select = await this.page.evaluateHandle(
      (name) => [...document.querySelectorAll("label")].find((one) => one.innerText === name)!.control as HTMLSelectElement,
      list,
    );
    const value = await select.evaluate((one, words) => [...one.options].find(({ text }) => text === words)!.value, option);
    await select.select(value);
  }

  /** A file from this device. */
  async offers(label: string, path: string): Promise<void> {
    const input = await this.sees(`input[type=file][aria-label="${label}"]`);
    await (input as ElementHandle<HTMLInputElement>).uploadFile(path);
  }

  /** Settles with the path of the newest download that ends so, once it is whole. */
  async downloads(ending: string): Promise<string> {
    let found: string | undefined;
    const whole = () => {
      const names = readdirSync(DOWNLOADS);
      found = names.find((name) => name.endsWith(ending));
      return found !== undefined && !names.includes(`${found}.part`);
    };
    await expect.poll(whole, { message: ending }).toBe(true);
    return join(DOWNLOADS, found!);
  }
}
