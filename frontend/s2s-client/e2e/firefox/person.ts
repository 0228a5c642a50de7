/** A person in front of the real page in Firefox, driven over WebDriver BiDi. */
import { execFileSync, spawnSync } from "node:child_process";
import { expect } from "@playwright/test";
import puppeteer, { type Browser, type ElementHandle, type Page } from "puppeteer-core";
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

export async function openFirefox(card: SoundCard): Promise<Browser> {
  return await puppeteer.launch({
    browser: "firefox",
    executablePath: firefoxPath(),
    headless: true,
    timeout: 60_000,
    env: { ...process.env, PULSE_SERVER: card.server },
    // The one thing that nobody can press in a headless window: "Allow" for the microphone.
    extraPrefsFirefox: { "media.navigator.permission.disabled": true },
  });
}

export class Person {
  /** What the page's console held against it. */
  readonly faults: string[] = [];

  private constructor(
    readonly page: Page,
    readonly card: SoundCard,
  ) {
    page.on("console", (message) => {
      if (message.type() === "error") this.faults.push(message.text());
    });
    page.on("pageerror", (error) => this.faults.push(String(error)));
  }

  static async at(browser: Browser, card: SoundCard, url: string): Promise<Person> {
    const context = await browser.createBrowserContext();
    const page = await context.newPage();
    await page.setViewport({ width: 1100, height: 800 });
    const person = new Person(page, card);
    await page.goto(url);
    return person;
  }

  async start(): Promise<void> {
    await this.press("Start Conversation");
    await this.reads(/^Listening$/m);
    await this.reads(/Connected over/);
  }

  /** Settles when the page shows such words. */
  async reads(words: RegExp): Promise<void> {
    await expect.poll(() => this.words("body")).toMatch(words);
  }

  /** Settles when the transcript shows such words. */
  async readsInTranscript(words: RegExp): Promise<void> {
    await expect.poll(() => this.words("[role=log]")).toMatch(words);
  }

  /** Settles when what a selector names is on the page. */
  async sees(selector: string): Promise<ElementHandle> {
    let found: ElementHandle | null = null;
    await expect.poll(async () => (found = await this.page.$(selector)) !== null, { message: selector }).toBe(true);
    return found!;
  }

  words(selector: string): Promise<string> {
    return this.page.evaluate((where) => document.querySelector<HTMLElement>(where)?.innerText ?? "", selector);
  }

  /** Presses the button of this name with the mouse. */
  async press(name: string): Promise<void> {
    let button: ElementHandle | null = null;
    await expect.poll(async () => (button = await this.#button(name)) !== null, { message: name }).toBe(true);
    await button!.click();
  }

  async #button(name: string): Promise<ElementHandle | null> {
    const found = await this.page.evaluateHandle((wished) => {
      const nameOf = (one: HTMLElement) => one.getAttribute("aria-label") ?? one.innerText.trim();
      return [...document.querySelectorAll("button")].find((one) => nameOf(one) === wished) ?? null;
    }, name);
    return found.asElement() as ElementHandle | null;
  }

  async types(words: string): Promise<void> {
    await (await this.sees("input[name=words]")).click();
    await this.page.keyboard.type(words);
    await this.page.keyboard.press("Enter");
  }
}
