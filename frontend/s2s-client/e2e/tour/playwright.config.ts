/** The tour of the README: `make tour` plays it with the real page, gateway and local engine. */
import { defineConfig } from "@playwright/test";
import stories from "../../playwright.config";

export default defineConfig(stories, {
  testDir: ".",
  testMatch: "tour.ts",
  // A trace is a second film of the same, and costs this one its pictures.
  use: { trace: "off", actionTimeout: 30_000 },
  outputDir: "../../test-results/tour",
  // Whoever looks at it wants one that went well.
  retries: 2,
  timeout: 480_000,
});
