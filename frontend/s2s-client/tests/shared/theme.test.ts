// @vitest-environment jsdom
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { applyTheme } from "../../src/shared/theme";

const CSS = readFileSync("src/styles/tokens.css", "utf8");

/** The custom properties of each block whose selector is this, in order. */
function tokens(selector: string): string[] {
  return CSS.split(`${selector} {`).slice(1).map((rest) => rest.slice(0, rest.indexOf("}")).match(/--[\w-]+: [^;]+/g)?.join("\n") ?? "");
}

describe("the theme", () => {
  it("has the same colors whether the system or the person wishes them, also with more contrast", () => {
    expect(tokens(':root[data-theme="dark"]')).toEqual(tokens(':root:not([data-theme="light"])'));
    expect(tokens(':root[data-theme="dark"]')).toHaveLength(2);
  });

  it("colors the browser's own bars, too", () => {
    document.head.innerHTML = '<meta name="theme-color" content="" media="(prefers-color-scheme: light)"><meta name="theme-color" content="" media="(prefers-color-scheme: dark)">';
    const bars = () => [...document.querySelectorAll("meta")].map(({ content }) => content);
    applyTheme("dark");
    expect(bars()).toEqual(["#0c1117", "#0c1117"]);
    applyTheme("system");
    expect(bars()).toEqual(["#f5f7fa", "#0c1117"]);
  });
});
