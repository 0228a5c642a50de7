/**
 * What a page's console would show. WebKitGTK's driver tells nothing of it, so the built page gets one script more,
 * which runs before all others. It outlives a reload of the page.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const SCRIPT = `(() => {
  const note = (words) => {
    const faults = JSON.parse(sessionStorage.getItem("faults") ?? "[]");
    sessionStorage.setItem("faults", JSON.stringify([...faults, String(words)]));
  };
  addEventListener("error", (event) => {
    const { target } = event;
    note(target instanceof Element ? "not loaded: " + target.outerHTML : event.message);
  }, true);
  addEventListener("unhandledrejection", ({ reason }) => note("unhandled: " + reason));
  addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => note(violatedDirective + " blocked " + blockedURI));
  const { error } = console;
  console.error = (...words) => {
    note(words.join(" "));
    error.apply(console, words);
  };
})();`;

/** Run in the page: what it has against it since the window was opened. */
export const READ_FAULTS = 'return JSON.parse(sessionStorage.getItem("faults") ?? "[]")';

export function watchFaults(dist: string): void {
  writeFileSync(join(dist, "faults.js"), SCRIPT);
  const index = join(dist, "index.html");
  const page = readFileSync(index, "utf8");
  writeFileSync(index, page.replace("<head>", '<head><script src="/app/faults.js"></script>'));
}
