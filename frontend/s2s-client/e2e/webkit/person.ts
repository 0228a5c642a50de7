/** A person in front of the real page in WebKitGTK, driven over WebDriver. */
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "@playwright/test";
import { Key, type WebDriver, type WebElement } from "selenium-webdriver";
import type { SoundCard } from "../firefox/soundCard";
import { READ_FAULTS } from "./faults";

/** All elements that a selector names, also those in shadow roots. */
const ALL = `const all = (root, selector) => [
  ...root.querySelectorAll(selector),
  ...[...root.querySelectorAll("*")].flatMap((one) => (one.shadowRoot ? all(one.shadowRoot, selector) : [])),
];`;

export class Person {
  constructor(
    readonly driver: WebDriver,
    readonly card: SoundCard,
    private readonly files: string,
  ) {}

  /** Both voices of the call are kept. */
  async calls(gateway: string): Promise<void> {
    await this.driver.get(`${gateway}/app/`);
    await (await this.sees(".dock .switch input")).click();
    await this.start();
  }

  async start(): Promise<void> {
    await this.press("Start Conversation");
    await this.reads(/^(Listening|Your turn)$/m);
    await this.reads(/Connected over/);
  }

  /** What the page's console held against it. */
  async faults(): Promise<string[]> {
    return await this.run<string[]>(READ_FAULTS);
  }

  async run<T>(script: string, ...values: unknown[]): Promise<T> {
    return await this.driver.executeScript<T>(script, ...values);
  }

  /** Settles when the page shows such words. */
  async reads(words: RegExp): Promise<void> {
    await this.readsIn("body", words);
  }

  /** Settles when the transcript shows such words. */
  async readsInTranscript(words: RegExp): Promise<void> {
    await this.readsIn("[role=log]", words);
  }

  async readsIn(selector: string, words: RegExp): Promise<void> {
    await expect.poll(() => this.words(selector)).toMatch(words);
  }

  /** As `readsIn`, also of a list whose lines are only drawn where they are in sight: elsewhere WebKit has no innerText. */
  async readsInAll(selector: string, words: RegExp): Promise<void> {
    await expect.poll(() => this.run("return document.querySelector(arguments[0])?.textContent ?? ''", selector)).toMatch(words);
  }

  async words(selector: string): Promise<string> {
    return await this.run(`${ALL} return all(document, arguments[0])[0]?.innerText ?? ""`, selector);
  }

  /** Settles when what a selector names is on the page. */
  async sees(selector: string): Promise<WebElement> {
    return await this.#found(`${ALL} return all(document, arguments[0])[0] ?? null`, selector);
  }

  async seesNo(selector: string): Promise<void> {
    await expect.poll(() => this.count(selector), { message: selector }).toBe(0);
  }

  async count(selector: string): Promise<number> {
    return await this.run(`${ALL} return all(document, arguments[0]).length`, selector);
  }

  /** Presses the button of this name with the mouse. A dialog that is open covers the rest. */
  async press(name: string | RegExp): Promise<void> {
    const wished = typeof name === "string" ? `^${name.replace(/[().]/g, "\\$&")}$` : name.source;
    const script = `${ALL}
      const open = document.querySelector("dialog[open]") ?? document;
      const nameOf = (one) => one.getAttribute("aria-label") ?? one.innerText.trim();
      const found = all(open, "button").find((one) => new RegExp(arguments[0]).test(nameOf(one)) && !one.disabled);
      found?.scrollIntoView({ block: "nearest" });
      return found ?? null`;
    await (await this.#found(script, wished)).click();
  }

  async types(words: string): Promise<void> {
    const field = await this.sees("input[name=words]");
    await field.click();
    await field.sendKeys(words, Key.ENTER);
  }

  /** Presses keys one after the other, wherever the focus is. */
  async key(...keys: string[]): Promise<void> {
    await this.driver.actions().sendKeys(...keys).perform();
  }

  /** Chooses one of a list by typing its words, as one does without opening the list. */
  async chooses(list: string, option: string): Promise<void> {
    const script = `const label = [...document.querySelectorAll("label")].find((one) => one.innerText === arguments[0]);
      const texts = [...(label?.control?.options ?? [])].map(({ text }) => text);
      return texts.includes(arguments[1]) ? label.control : null`;
    const select = await this.#found(script, list, option);
    await this.run("arguments[0].focus()", select);
    await this.key(option);
    await expect.poll(() => this.run("return arguments[0].selectedOptions[0]?.text", select), { message: list }).toBe(option);
  }

  /** A file from this device. */
  async offers(label: string, path: string): Promise<void> {
    await (await this.sees(`input[type=file][aria-label="${label}"]`)).sendKeys(path);
  }

  /** Settles with the path of a download that ends so, once it is whole. */
  async downloads(ending: string): Promise<string> {
    const names = () => readdirSync(this.files).filter((name) => name.endsWith(ending));
    await expect.poll(() => names().length, { message: ending }).toBeGreaterThan(0);
    return join(this.files, names()[0]!);
  }

  async keepsPicture(path: string): Promise<void> {
    writeFileSync(path, Buffer.from(await this.driver.takeScreenshot(), "base64"));
  }

  async #found(script: string, ...values: unknown[]): Promise<WebElement> {
    let found: WebElement | null = null;
    await expect.poll(async () => (found = await this.run<WebElement | null>(script, ...values)) !== null, { message: values.join(": ") }).toBe(true);
    return found!;
  }
}
