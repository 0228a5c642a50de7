/**
 * What a finished build leaves in `dist/build.json`: from which sources it was made, and every file with its size. A build
 * that was broken off, at whatever point, has none.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadEnv } from "vite";

const RECORD = "build.json";
/** All that a build depends on. What is missing counts, too. */
const SOURCES = [
  "src", "public", "examples", "scripts/build.js", "scripts/buildRecord.js", "scripts/compress.js", "../../LICENSE", "index.html",
  "package.json", "package-lock.json", "tsconfig.json", "vite.config.ts", "vite.embed.config.ts", "vite.licences.ts",
];
const PREFIXES = ["VITE_", "REACT_APP_"];

const filesBelow = (folder) =>
  readdirSync(folder, { recursive: true }).map((name) => name.replaceAll("\\", "/")).filter((name) => statSync(join(folder, name)).isFile()).sort();

/** SHA-256 of the sources in a client's folder, and of the variables that a build puts into the page. */
export function fingerprint(client) {
  const digest = createHash("sha256");
  const add = (name, bytes) => digest.update(`${name}\0${bytes.length}\0`).update(bytes);
  for (const source of SOURCES) {
    const path = join(client, source);
    if (!existsSync(path)) continue;
    if (statSync(path).isFile()) add(source, readFileSync(path));
    else for (const name of filesBelow(path)) if (!/\.test\.tsx?$/.test(name)) add(`${source}/${name}`, readFileSync(join(path, name)));
  }
  // One that is empty means the same as none.
  const variables = Object.entries(loadEnv("production", client, PREFIXES)).filter(([, value]) => value !== "");
  add("variables", new TextEncoder().encode(JSON.stringify(variables.sort())));
  return digest.digest("hex");
}

export function forget(dist) {
  rmSync(join(dist, RECORD), { force: true });
}

/** `made`: the fingerprint of the sources when the build began. */
export function record(dist, made) {
  const files = Object.fromEntries(filesBelow(dist).map((name) => [name, statSync(join(dist, name)).size]));
  writeFileSync(join(dist, RECORD), `${JSON.stringify({ fingerprint: made, files }, null, 1)}\n`);
}

/** Why a client has to be built; empty if what is there is whole and made of these sources. */
export function whyBuild(client, dist) {
  let kept;
  try {
    kept = JSON.parse(readFileSync(join(dist, RECORD), "utf8"));
  } catch {
    return "there is no finished build";
  }
  if (kept.fingerprint !== fingerprint(client)) return "the sources have changed";
  const size = (name) => statSync(join(dist, name), { throwIfNoEntry: false })?.size;
  const lost = Object.entries(kept.files).find(([name, bytes]) => size(name) !== bytes);
  return lost ? `${lost[0]} is missing or not whole` : "";
}
