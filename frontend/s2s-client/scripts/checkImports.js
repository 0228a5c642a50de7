/**
 * The walls of src, part of `npm run lint`: which folder may import which, no circle of files, and at most 20 files of code
 * in a folder. Type-only and dynamic imports count.
 */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import process from "node:process";
import ts from "typescript";

const SRC = join(import.meta.dirname, "../src");
const MAX_FILES = 20;

/** From the ground up: a folder imports from itself and from folders above it in this list, never from below. */
const LAYERS = [
  "types",
  "shared",
  "audio",
  "services",
  "state",
  "components/primitives",
  "features/recording",
  "features/sharing",
  "features/insights",
  "features/diagnostics",
  "app",
  "components",
  "hooks",
  "embed",
  "",
];
/** Features know nothing of each other but for this. */
const ACROSS_FEATURES = new Set(["features/diagnostics -> features/insights"]);

const files = readdirSync(SRC, { recursive: true })
  .filter((file) => /\.tsx?$/.test(file) && !/\.test\.tsx?$/.test(file))
  .map((file) => file.replaceAll("\\", "/"));
const layerOf = (file) => LAYERS.find((layer) => layer !== "" && file.startsWith(`${layer}/`)) ?? "";
/** Test helpers may use everything, and nothing but tests uses them. */
const isTesting = (file) => file.startsWith("testing/");

function targetOf(file, specifier) {
  const path = normalize(join(dirname(file), specifier.split("?")[0])).replaceAll("\\", "/");
  return [path, `${path}.ts`, `${path}.tsx`, `${path}/index.ts`].find((one) => existsSync(join(SRC, one)) && statSync(join(SRC, one)).isFile());
}

const imports = new Map(
  files.map((file) => {
    const { importedFiles } = ts.preProcessFile(readFileSync(join(SRC, file), "utf8"), true, true);
    const targets = importedFiles.filter(({ fileName }) => fileName.startsWith(".")).map(({ fileName }) => targetOf(file, fileName));
    return [file, targets.filter((target) => target !== undefined)];
  }),
);

const faults = [];

for (const [file, targets] of imports) {
  for (const target of targets) {
    if (isTesting(file)) continue;
    const [from, to] = [layerOf(file), layerOf(target)];
    const acrossFeatures = from !== to && from.startsWith("features/") && to.startsWith("features/") && !ACROSS_FEATURES.has(`${from} -> ${to}`);
    if (isTesting(target)) faults.push(`${file} imports the test helper ${target}`);
    else if (LAYERS.indexOf(to) > LAYERS.indexOf(from) || acrossFeatures) faults.push(`${file} must not import ${target}`);
  }
}

const finished = new Set();
function findCircles(file, path) {
  if (path.includes(file)) faults.push(`circle: ${[...path.slice(path.indexOf(file)), file].join(" -> ")}`);
  if (path.includes(file) || finished.has(file)) return;
  for (const target of imports.get(file) ?? []) findCircles(target, [...path, file]);
  finished.add(file);
}
files.forEach((file) => {
  findCircles(file, []);
});

const counts = new Map();
for (const file of files) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
for (const [folder, count] of counts) {
  if (count > MAX_FILES) faults.push(`${folder} holds ${count} files of code; at most ${MAX_FILES}`);
}

if (faults.length > 0) {
  console.error(`${relative(process.cwd(), SRC) || SRC}:\n${faults.join("\n")}`);
  process.exitCode = 1;
}
