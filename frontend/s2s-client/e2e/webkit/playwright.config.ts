/** `make webkit`: conversations in WebKitGTK, the engine of Safari. Playwright drives only its own WebKit, so here it is but the runner. */
import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: ".",
  testMatch: "*.stories.ts",
  outputDir: "../../test-results/webkit",
  workers: 1,
  // As in the other stories: a busy machine may cut holes into a voice. A second try is reported as flaky, never silently.
  retries: 1,
  timeout: 240_000,
  expect: { timeout: 45_000 },
  forbidOnly: true,
  reporter: [["list"]],
});
