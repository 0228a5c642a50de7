import { defineConfig, devices } from "@playwright/test";
import { CHROMIUM_ARGS, LONG_RECONNECT_LIMIT_S, chromiumPath, freePort, gatewayCommand, guarded } from "./e2e/machine";

// The config is read again in every worker; the ports are chosen once and handed down.
const gatewayPort = (process.env["E2E_GATEWAY_PORT"] ??= freePort());
const clientPort = (process.env["E2E_CLIENT_PORT"] ??= freePort());
const clientUrl = `http://localhost:${clientPort}`;
const gateway = gatewayCommand(gatewayPort, clientUrl);
// The guard passes it on to all that it started; a killed guard could not.
const gracefulShutdown = { signal: "SIGTERM", timeout: 7_000 } as const;

export default defineConfig({
  testDir: "e2e",
  // Real speech recognition on the other side: one talker at a time keeps small machines honest.
  workers: 1,
  // On a busy shared machine the injected microphone may lose samples, and a recognizer then hears another word. A
  // second try is reported as flaky, never silently.
  retries: process.env["CI"] ? 1 : 0,
  // For what hangs; a busy machine may take several times what a story takes here.
  timeout: 240_000,
  expect: { timeout: 60_000 },
  forbidOnly: true,
  // One picture for every machine: how much letters may differ is said where they are compared.
  snapshotPathTemplate: "{testDir}/references/{arg}{ext}",
  reporter: [["list"]],
  use: {
    ...devices["Desktop Chrome"],
    baseURL: clientUrl,
    trace: "retain-on-failure",
    // Without a graphics card what moves costs a third of a core, in every lane. Stories of motion ask for it.
    contextOptions: { reducedMotion: "reduce" },
    launchOptions: {
      executablePath: chromiumPath(),
      args: [...CHROMIUM_ARGS],
    },
  },
  webServer: [
    { ...gateway, url: `http://127.0.0.1:${gatewayPort}/health`, timeout: 120_000, gracefulShutdown },
    {
      command: guarded(`exec npx vite --port ${clientPort}`),
      // Other configurations build on this one.
      cwd: import.meta.dirname,
      // Long enough for a gateway that starts again on a busy machine; a story that cannot come back shortens it.
      env: { REACT_APP_API_URL: `http://127.0.0.1:${gatewayPort}`, REACT_APP_RECONNECT_LIMIT_S: LONG_RECONNECT_LIMIT_S },
      url: `http://127.0.0.1:${clientPort}`,
      timeout: 60_000,
      gracefulShutdown,
    },
  ],
});
