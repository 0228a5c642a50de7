/** The stories of bad networks: `make network` starts them on the browser's host of a network in a box. */
import { defineConfig, devices } from "@playwright/test";
import { CHROMIUM_ARGS, chromiumPath } from "../machine";

export default defineConfig({
  testDir: ".",
  testMatch: "*.lab.ts",
  outputDir: "../../test-results/lab",
  workers: 1,
  retries: process.env["CI"] ? 1 : 0,
  timeout: 150_000,
  expect: { timeout: 30_000 },
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
