/**
 * `npm run build`: the page, what other people's pages use, and their compressed forms, in `dist`. With `--check` it builds
 * nothing: the exit code is 1, and a line says why, where a build is needed.
 */
import { execFileSync } from "node:child_process";
import { join, resolve } from "node:path";
import process from "node:process";
import { fingerprint, forget, record, whyBuild } from "./buildRecord.js";
import { compress } from "./compress.js";

const client = resolve(import.meta.dirname, "..");
const dist = join(client, "dist");

function run(program, ...words) {
  execFileSync(process.execPath, [join(client, "node_modules", program), ...words], { cwd: client, stdio: "inherit" });
}

function build() {
  const made = fingerprint(client);
  forget(dist);
  run("typescript/bin/tsc", "--noEmit");
  run("vite/bin/vite.js", "build");
  for (const mode of ["element", "client"]) run("vite/bin/vite.js", "build", "-c", "vite.embed.config.ts", "--mode", mode);
  compress(dist);
  record(dist, made);
}

if (process.argv.includes("--check")) {
  const why = whyBuild(client, dist);
  if (why) console.log(`The client has to be built: ${why}.`);
  process.exitCode = why ? 1 : 0;
} else {
  build();
}
