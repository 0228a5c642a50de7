/** `make firefox`: conversations in Firefox. Playwright drives only its own Firefox, so here it is but the runner. */
import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: ".",
  testMatch: "*.stories.ts",
  outputDir: "../../test-results/firefox",
  workers: 1,
  // As in the other stories: a busy machine may cut holes into a voice. A second try is reported as flaky, never silently.
  retries: 1,
  // For what hangs; a busy machine may take several times what a story takes here.
  timeout: 240_000,
  expect: { timeout: 30_000 },
  forbidOnly: true,
  reporter: [["list"]],
});
