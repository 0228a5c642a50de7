/** What can be said of any page and state without looking at it: barriers, sizes of what is pressed, noise. */
import { createRequire } from "node:module";
import type { Page } from "@playwright/test";
import type axe from "axe-core";
import { expect } from "./harness";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** axe finds nothing, nothing is cut off sideways, and every field takes what is pasted. */
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
  expect(await page.evaluate(refusesPaste)).toEqual([]);
}

/** The fields that keep the browser from pasting text into them. Runs in the page. */
function refusesPaste(): string[] {
  const text = new DataTransfer();
  text.setData("text/plain", "a");
  const paste = () => new ClipboardEvent("paste", { clipboardData: text, bubbles: true, cancelable: true });
  return [...document.querySelectorAll("input, textarea")].filter((one) => !one.dispatchEvent(paste())).map((one) => one.outerHTML);
}

/** What reaches over the sides of the window, where nobody sees it. */
export async function outside(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll("body *")]
      .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest(".visually-hidden"))
      .filter((one) => {
        const { left, right, width } = one.getBoundingClientRect();
        return width > 0 && (left < -1 || right > window.innerWidth + 1);
      })
      .map((one) => one.outerHTML.slice(0, 120)),
  );
}

/** Letters that stand out from their ground by less than 7 to 1 (WCAG 1.4.6), or 4.5 to 1 where they are large. */
export async function faint(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const { axe: judge } = window as unknown as { axe: typeof axe };
    const { violations } = await judge.run(document, { runOnly: { type: "rule", values: ["color-contrast-enhanced"] } });
    return violations.flatMap(({ nodes }) => nodes.map((node) => `${node.html} ${node.failureSummary ?? ""}`));
  });
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

/** Collects what a good page does not do: errors, warnings, deprecated or blocked things, requests to others, asking untouched. */
export async function listen(page: Page) {
  const complaints: string[] = [];
  await page.addInitScript(tellEarlyAsking);
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(`console: ${message.text()} ${message.location().url}`);
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

/** What makes a browser ask the person for something is not done before they have touched the page. Runs in the page. */
function tellEarlyAsking(): void {
  const told = (place: object | undefined, name: string) => {
    const asks: unknown = place && Reflect.get(place, name);
    if (!place || typeof asks !== "function") return;
    const told = (...how: unknown[]): unknown => {
      if (!navigator.userActivation.hasBeenActive) console.error(`asked untouched: ${name}`);
      return Reflect.apply(asks, place, how);
    };
    Object.defineProperty(place, name, { value: told, configurable: true, writable: true });
  };
  for (const name of ["getUserMedia", "getDisplayMedia"]) told(navigator.mediaDevices, name);
  for (const name of ["getCurrentPosition", "watchPosition"]) told(navigator.geolocation, name);
  for (const name of ["requestMIDIAccess", "requestMediaKeySystemAccess"]) told(navigator, name);
  told(Notification, "requestPermission");
  told(navigator.clipboard, "read");
  told(navigator.storage, "persist");
}

/** What stands in the head of a good page, and that no picture makes it jump. */
export async function isWellMade(page: Page): Promise<void> {
  const page_ = await page.evaluate(() => {
    const meta = (name: string) => document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? "";
    return {
      // Without a doctype, or with an old one, a browser draws as in 1999.
      doctype: `${document.doctype?.name ?? "none"}${document.doctype?.publicId ?? ""} ${document.compatMode}`,
      charset: document.characterSet,
      charsetAt: document.documentElement.outerHTML.search(/<meta charset="utf-8"/i),
      themes: [...document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')].map(({ media }) => media),
      lang: document.documentElement.lang,
      title: document.title,
      description: meta("description"),
      viewport: meta("viewport"),
      secure: window.isSecureContext,
      jumpingPictures: [...document.images].filter((one) => !one.hasAttribute("width") || !one.hasAttribute("height")).map((one) => one.outerHTML),
    };
  });
  expect(page_).toMatchObject({ doctype: "html CSS1Compat", charset: "UTF-8", lang: "en", secure: true, jumpingPictures: [] });
  // A browser looks for it in the first 1,024 bytes.
  expect(page_.charsetAt).toBeGreaterThan(0);
  expect(page_.charsetAt).toBeLessThan(900);
  expect(page_.themes).toEqual(["(prefers-color-scheme: light)", "(prefers-color-scheme: dark)"]);
  expect(page_.title.length).toBeGreaterThan(5);
  expect(page_.description.length).toBeGreaterThan(20);
  expect(page_.viewport).toContain("width=device-width");
  // Whoever needs it larger may make it larger.
  expect(page_.viewport).not.toMatch(/maximum-scale|user-scalable/);
}

/** The manifest's pictures are there and as large as it says; one is made for a mask. */
export async function hasIcons(page: Page): Promise<void> {
  const icons = await page.evaluate(async () => {
    const at = document.querySelector<HTMLLinkElement>('link[rel="manifest"]')?.href ?? "";
    const { icons } = (await (await fetch(at)).json()) as { icons: { src: string; sizes: string; purpose?: string }[] };
    const measured = async ({ src, sizes, purpose = "any" }: (typeof icons)[number]) => {
      const image = new Image();
      image.src = new URL(src, at).href;
      await image.decode();
      return { purpose, sizes, real: sizes === "any" ? "any" : `${image.naturalWidth}x${image.naturalHeight}` };
    };
    return Promise.all(icons.map(measured));
  });
  for (const { sizes, real } of icons) expect(real).toBe(sizes);
  expect(icons.map(({ sizes, purpose }) => `${sizes} ${purpose}`)).toEqual(expect.arrayContaining(["192x192 any", "512x512 any", "512x512 maskable"]));
}

/** A fault in a built script can be read: the map beside it is whole, and holds the source. */
export async function hasSourceMaps(scripts: readonly string[]): Promise<void> {
  const whole = async (script: string) => {
    const named = /\/\/# sourceMappingURL=(\S+)\s*$/.exec(await (await fetch(script)).text())?.[1];
    if (!named) return `${script}: names no map`;
    const map = (await (await fetch(new URL(named, script))).json()) as { version: number; sources: string[]; sourcesContent?: (string | null)[]; mappings: string };
    const sound = map.version === 3 && map.mappings.length > 0 && map.sources.length === map.sourcesContent?.filter(Boolean).length;
    return sound ? null : `${script}: its map is not whole`;
  };
  expect(scripts.length).toBeGreaterThan(0);
  expect((await Promise.all(scripts.map(whole))).filter(Boolean)).toEqual([]);
}

/** The policy that came with a page leaves no way for a script that somebody smuggled in. */
export function isStrict(policy: string): void {
  const rules = new Map(policy.split("; ").map((rule) => [rule.split(" ")[0], rule.split(" ").slice(1)]));
  for (const name of ["default-src", "script-src", "style-src"]) expect(rules.get(name), name).toEqual(["'self'"]);
  expect(rules.get("object-src")).toEqual(["'none'"]);
  expect(rules.get("base-uri")).toEqual(["'none'"]);
  expect(rules.get("frame-ancestors")).toBeDefined();
  expect(policy).not.toMatch(/unsafe|\*|http:/);
}
