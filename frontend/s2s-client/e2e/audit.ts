/** What can be said of any page and state without looking at it: barriers, sizes of what is pressed, noise. */
import { createRequire } from "node:module";
import type { Page } from "@playwright/test";
import type axe from "axe-core";
import { expect } from "./harness";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** axe finds nothing, and nothing is cut off sideways. */
export async function hasNoBarrier(page: Page): Promise<void> {
  // Not by @axe-core/playwright: it opens a page of its own for every look, which costs a second each.
  if (!(await page.evaluate(() => "axe" in window))) await page.addScriptTag({ path: AXE });
  const found = await page.evaluate(async (tags) => {
    const { axe: judge } = window as unknown as { axe: typeof axe };
    const { violations } = await judge.run(document, { runOnly: tags, resultTypes: ["violations"] });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
  }, RULES);
  expect(found).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
}

export interface Control {
  readonly name: string;
  /** In CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** One of the buttons that make the call. */
  readonly main: boolean;
}

/** What the keyboard reaches, in the order of the page. */
export async function controls(page: Page): Promise<Control[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>("button, input, select, textarea, a[href], [tabindex='0']")]
      .filter((one) => !one.matches(":disabled") && one.checkVisibility({ visibilityProperty: true }))
      .map((one) => {
        // A label that holds its field is pressed as well.
        const { width, height } = (one.closest("label") ?? one).getBoundingClientRect();
        const label = one.closest("label")?.textContent;
        const name = (one.getAttribute("aria-label") ?? (one.textContent || label || "")).replace(/\s+/g, " ").trim();
        return { name, width, height, main: one.closest(".controls") !== null };
      }),
  );
}

/** The names of what Tab stops at, until it leaves the page. Each must be seen when it is stopped at. */
export async function tabStops(page: Page): Promise<string[]> {
  await page.evaluate(() => {
    (document.activeElement as HTMLElement | null)?.blur();
    window.getSelection()?.removeAllRanges();
  });
  const stops: string[] = [];
  for (;;) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => {
      const one = document.activeElement as HTMLElement | null;
      if (!one || one === document.body) return null;
      const box = one.getBoundingClientRect();
      const seen = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
      return {
        name: (one.getAttribute("aria-label") ?? (one.textContent || one.closest("label")?.textContent || "")).replace(/\s+/g, " ").trim(),
        covered: seen === null || !(one.contains(seen) || seen.contains(one)),
        outline: getComputedStyle(one).outlineStyle,
      };
    });
    if (stop === null || stops.length > 60) return stops;
    expect(stop, "the focus is seen").toMatchObject({ covered: false, outline: "solid" });
    stops.push(stop.name);
  }
}

/** Collects what a good page does not do: errors, deprecated or blocked things, requests to others. */
export async function listen(page: Page) {
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(`console: ${message.text()} ${message.location().url}`);
  });
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("request", (request) => {
    const { protocol, hostname } = new URL(request.url());
    const own = ["localhost", "127.0.0.1"].includes(hostname) || ["data:", "blob:"].includes(protocol);
    if (!own) complaints.push(`request to ${hostname}`);
  });
  // What the browser's own Issues panel shows: deprecated features, mixed content, blocked resources, bad cookies.
  const browser = await page.context().newCDPSession(page);
  browser.on("Audits.issueAdded", ({ issue }) => complaints.push(`issue: ${issue.code} ${JSON.stringify(issue.details)}`));
  await browser.send("Audits.enable");
  return { complaints };
}

/** What stands in the head of a good page, and that no picture makes it jump. */
export async function isWellMade(page: Page): Promise<void> {
  const page_ = await page.evaluate(() => {
    const meta = (name: string) => document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? "";
    return {
      doctype: document.doctype?.name,
      charset: document.characterSet,
      lang: document.documentElement.lang,
      title: document.title,
      description: meta("description"),
      viewport: meta("viewport"),
      secure: window.isSecureContext,
      jumpingPictures: [...document.images].filter((one) => !one.hasAttribute("width") || !one.hasAttribute("height")).map((one) => one.outerHTML),
    };
  });
  expect(page_).toMatchObject({ doctype: "html", charset: "UTF-8", lang: "en", secure: true, jumpingPictures: [] });
  expect(page_.title.length).toBeGreaterThan(5);
  expect(page_.description.length).toBeGreaterThan(20);
  expect(page_.viewport).toContain("width=device-width");
  // Whoever needs it larger may make it larger.
  expect(page_.viewport).not.toMatch(/maximum-scale|user-scalable/);
}
