/** Somebody else's project that has installed the library: what is built, under its name, beside their own React. */
import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const CLIENT_DIR = resolve(import.meta.dirname, "..");
const THEIRS = ["react", "react-dom", "@types/react", "@types/react-dom", "csstype"];
const run = promisify(execFile);
const program = (name: string) => join(CLIENT_DIR, "node_modules/.bin", name);

export interface Project {
  readonly folder: string;
  /** Where the library's files are. */
  readonly library: string;
}

/** Builds the library into a new project of its own. `types`: with its declarations, as `npm run build:lib` does it. */
export async function installed({ types }: { readonly types: boolean }): Promise<Project> {
  const folder = mkdtempSync(join(tmpdir(), "s2s-project-"));
  const library = join(folder, "node_modules/s2s-client/dist-lib");
  mkdirSync(join(folder, "node_modules/@types"), { recursive: true });
  for (const name of THEIRS) symlinkSync(join(CLIENT_DIR, "node_modules", name), join(folder, "node_modules", name));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  const declare = async () => {
    await run(program("tsc"), ["-p", "tsconfig.lib.json", "--outDir", join(library, "types")], { cwd: CLIENT_DIR });
    await run(process.execPath, ["scripts/libTypes.js", join(library, "types")], { cwd: CLIENT_DIR });
  };
  const embed = ["build", "-c", "vite.embed.config.ts", "--mode", "lib", "--emptyOutDir", "false", "--logLevel", "error"];
  await Promise.all([run(program("vite"), [...embed, "--outDir", library], { cwd: CLIENT_DIR }), types && declare()]);
  // Only what its `files` name goes to other people, beside this.
  copyFileSync(join(CLIENT_DIR, "package.json"), join(library, "../package.json"));
  return { folder, library };
}

/** What a strict compiler says of the project's files; empty: nothing. */
export async function typeErrors(folder: string, resolution: "bundler" | "nodenext"): Promise<string> {
  const compilerOptions = {
    strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true,
    // Also the declarations themselves are held to it.
    skipLibCheck: false,
    target: "es2022", module: resolution === "bundler" ? "esnext" : "nodenext", moduleResolution: resolution,
    lib: ["ES2022", "DOM", "DOM.Iterable"], types: [], jsx: "react-jsx", noEmit: true,
  };
  const config = join(folder, `tsconfig.${resolution}.json`);
  writeFileSync(config, JSON.stringify({ compilerOptions, include: ["*.ts", "*.tsx"] }));
  return run(program("tsc"), ["-p", config]).then(
    ({ stdout }) => stdout,
    (fault: unknown) => (fault as { stdout: string }).stdout,
  );
}
