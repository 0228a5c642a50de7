/** `make devices`: Chromium with loudspeakers, microphones and a headset's buttons that are as real as Linux can feign. */
import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: ".",
  testMatch: "*.stories.ts",
  outputDir: "../../test-results/devices",
  workers: 1,
  // As in the other stories: a busy machine may cut holes into a voice. A second try is reported as flaky, never silently.
  retries: 1,
  timeout: 120_000,
  expect: { timeout: 30_000 },
  forbidOnly: true,
  reporter: [["list"]],
});
