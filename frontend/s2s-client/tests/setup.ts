import { beforeEach } from "vitest";
import { rememberNetwork } from "../src/services/transport/networkMemory";

// The tests wait for what appears, never for a time; a busy machine may need longer than the library's second. Most
// tests have no page, and loading the library takes longer than they do.
if (typeof document !== "undefined") {
  const { configure } = await import("@testing-library/dom");
  configure({ asyncUtilTimeout: 15_000 });
  // jsdom lays nothing out, so no size ever changes; tests/browser has the stories about sizes.
  globalThis.ResizeObserver = class {
    observe(): void { /* nothing changes */ }
    unobserve(): void { /* as above */ }
    disconnect(): void { /* as above */ }
  };
  // jsdom knows no media queries: none of them holds, and none changes.
  window.matchMedia = (media) => Object.assign(new EventTarget(), { media, matches: false, onchange: null, addListener() {}, removeListener() {} });
}

// What one story's call has found out is nothing for the next one's.
beforeEach(() => {
  rememberNetwork(false, 0);
});
