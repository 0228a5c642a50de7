import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { CHROMIUM_ARGS, chromiumPath } from "./e2e/machine";

/** What only a browser can do: sound on its render thread, pixels. The rest is in vite.config.ts. */
export default defineConfig({
  worker: { format: "es" },
  test: {
    include: ["tests/browser/*.browser.ts"],
    testTimeout: 60_000,
    // A render thread that gets little of a busy machine brings its sound late.
    expect: { poll: { timeout: 30_000 } },
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      // The page alone: it is that of a machine without a screen.
      ui: false,
      provider: playwright({ launchOptions: { executablePath: chromiumPath(), args: [...CHROMIUM_ARGS] } }),
      instances: [{ browser: "chromium" }],
    },
  },
});
