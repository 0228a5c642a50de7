/** What the call screen costs: `npm run frames` and `npm run heap` measure it with the built page, gateway and local engine. */
import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: ".",
  testMatch: ["frames.ts", "heap.ts"],
  outputDir: "../../test-results/frames",
  workers: 1,
  timeout: 300_000,
  reporter: [["list"]],
});
