import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";
import { licences, packageLicences } from "./vite.licences";

/** While developing, the example pages find under the built files' names what those are made of. */
function embedded(): Plugin {
  const sources = { "/s2s-client.js": "/src/embed/s2s-client.ts", "/s2s-voice-agent.js": "/src/embed/s2s-voice-agent.ts" };
  return {
    name: "s2s-embedded",
    apply: "serve",
    enforce: "pre",
    resolveId: (id) => {
      const source = Object.entries(sources).find(([built]) => id === built || id === `..${built}`)?.[1];
      return source && import.meta.dirname + source;
    },
    configureServer({ middlewares }) {
      middlewares.use((request, _, next) => {
        const source = Object.entries(sources).find(([built]) => request.url === built)?.[1];
        if (source) request.url = source;
        next();
      });
    },
  };
}

export default defineConfig({
  // Relative, so that the built page works under any path; the gateway serves it under /app/.
  base: "./",
  plugins: [react(), embedded(), licences()],
  // REACT_APP_ is the prefix in the project's own documentation.
  envPrefix: ["VITE_", "REACT_APP_"],
  // 127.0.0.1 and not "localhost": where that name means ::1 first, 127.0.0.1 would be refused.
  // A browser that is given "localhost" tries both.
  server: {
    host: "127.0.0.1",
    port: 3000,
    strictPort: true,
    // A browser story (playwright.config.ts) is told to its end with the page it began with, also while somebody edits.
    ...(process.env["E2E_CLIENT_PORT"] && { hmr: false, watch: null }),
  },
  preview: { host: "127.0.0.1", port: 3000, strictPort: true },
  // Beside the stories other tests start a client of their own from the same folder.
  ...(process.env["E2E_CLIENT_PORT"] && { cacheDir: "node_modules/.vite-e2e" }),
  worker: { format: "es" },
  build: { target: "es2022", sourcemap: true, license: packageLicences("page") },
  // A busy machine may need long for thousands of random stories; a hung one is still found.
  test: { include: ["{src,tests}/**/*.test.{ts,tsx}"], setupFiles: ["tests/setup.ts"], testTimeout: 120_000, hookTimeout: 60_000, expect: { poll: { timeout: 25_000 } } },
});
