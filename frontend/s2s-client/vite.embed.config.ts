/**
 * What other people's pages use, each mode one build:
 * `element`: dist/s2s-voice-agent.js, `client`: dist/s2s-client.js and the example pages, both served by the gateway
 * under /app/, each one file that finds its worklets, worker and weights beside it, by its own address;
 * `lib`, or any other: dist-lib, the same for a bundler, with React's part.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { defineConfig, type Plugin } from "vite";
import { licences, packageLicences } from "./vite.licences";

const ENTRIES = {
  "s2s-client": "src/embed/s2s-client.ts",
  "s2s-voice-agent": "src/embed/s2s-voice-agent.ts",
  react: "src/embed/react.tsx",
} as const;
const SERVED: Readonly<Record<string, keyof typeof ENTRIES>> = { element: "s2s-voice-agent", client: "s2s-client" };
const EXAMPLES = join(import.meta.dirname, "examples");

/** The example pages as they are: they import the built files by name. */
function examples(): Plugin {
  return {
    name: "s2s-examples",
    generateBundle() {
      for (const name of readdirSync(EXAMPLES).filter((file) => /\.(html|js|css)$/.test(file))) {
        this.emitFile({ type: "asset", fileName: `examples/${name}`, source: readFileSync(join(EXAMPLES, name), "utf8") });
      }
    },
  };
}

/** Another bundler would write small files into the script as `data:`, which a page with a strict policy does not load. */
function asFile(filename: string, { hostId, hostType }: { readonly hostId: string; readonly hostType: string }) {
  if (hostType !== "js" || !filename.endsWith(".js")) return { relative: true };
  const beside = `./${posix.relative(posix.dirname(hostId), filename)}?no-inline`;
  return { runtime: `new URL(${JSON.stringify(beside)}, import.meta.url).href` };
}

export default defineConfig(({ mode }) => {
  const served = SERVED[mode];
  return {
    // What is beside a file is found by that file's address and not by the page's.
    base: "./",
    publicDir: false,
    define: { "process.env.NODE_ENV": JSON.stringify("production") },
    plugins: [licences(), ...(mode === "client" ? [examples()] : [])],
    worker: { format: "es" },
    ...(!served && { experimental: { renderBuiltUrl: asFile } }),
    build: {
      target: "es2022",
      outDir: served ? "dist" : "dist-lib",
      emptyOutDir: !served,
      modulePreload: false,
      sourcemap: true,
      // Also the library: who puts it on a page as it is gets it small.
      minify: true,
      license: packageLicences(served ?? "library"),
      rolldownOptions: {
        input: served ? { [served]: ENTRIES[served] } : ENTRIES,
        preserveEntrySignatures: "strict",
        external: served ? [] : [/^react($|\/)/],
        output: { format: "es", entryFileNames: "[name].js" },
      },
    },
  };
});
