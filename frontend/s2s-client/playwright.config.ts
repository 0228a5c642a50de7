import { defineConfig, devices } from "@playwright/test";
import { chromiumPath, freePort, gatewayCommand } from "./e2e/machine";

// The config is read again in every worker; the ports are chosen once and handed down.
const gatewayPort = (process.env["E2E_GATEWAY_PORT"] ??= freePort());
const clientPort = (process.env["E2E_CLIENT_PORT"] ??= freePort());
const clientUrl = `http://localhost:${clientPort}`;
const gateway = gatewayCommand(gatewayPort, clientUrl);

export default defineConfig({
  testDir: "e2e",
  // Real speech recognition on the other side: one talker at a time keeps small machines honest.
  workers: 1,
  timeout: 60_000,
  expect: { timeout: 20_000 },
  forbidOnly: true,
  reporter: [["list"]],
  use: {
    ...devices["Desktop Chrome"],
    baseURL: clientUrl,
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: chromiumPath(),
      args: ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required", "--disable-quic", "--disable-background-networking"],
    },
  },
  webServer: [
    { ...gateway, url: `http://127.0.0.1:${gatewayPort}/health`, timeout: 60_000, gracefulShutdown: { signal: "SIGTERM", timeout: 5_000 } },
    {
      command: `npx vite --port ${clientPort}`,
      env: { REACT_APP_API_URL: `http://127.0.0.1:${gatewayPort}` },
      url: `http://127.0.0.1:${clientPort}`,
      timeout: 30_000,
    },
  ],
});
