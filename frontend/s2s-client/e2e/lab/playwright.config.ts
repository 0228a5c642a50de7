/** The stories of bad networks: `make network` starts them on the browser's host of a network in a box. */
import { defineConfig, devices } from "@playwright/test";
import { CHROMIUM_ARGS, chromiumPath } from "../machine";

export default defineConfig({
  testDir: ".",
  testMatch: "*.lab.ts",
  outputDir: "../../test-results/lab",
  workers: 1,
  retries: process.env["CI"] ? 1 : 0,
  // For what hangs; a busy machine may take several times what a story takes here.
  timeout: 400_000,
  expect: { timeout: 60_000 },
  reporter: [["list"]],
  use: {
    ...devices["Desktop Chrome"],
    baseURL: process.env["NETLAB_PAGE"],
    ignoreHTTPSErrors: true,
    // The probe's ear is a worklet from a blob; what the page's policy forbids is the served page's story.
    bypassCSP: true,
    launchOptions: { executablePath: chromiumPath(), args: [...CHROMIUM_ARGS, "--ignore-certificate-errors"] },
  },
});
