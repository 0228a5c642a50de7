/**
 * Completes the library's type declarations, in the folder that is named: TypeScript leaves imports as they were written,
 * "./news", but who resolves modules as Node.js does needs "./news.js" and would find no types at all.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";

const folder = process.argv[2] ?? "dist-lib/types";
for (const name of readdirSync(folder, { recursive: true }).filter((one) => one.endsWith(".d.ts"))) {
  const file = join(folder, name);
  const whole = (path) => {
    const place = join(dirname(file), path);
    if (existsSync(`${place}.d.ts`)) return `${path}.js`;
    if (existsSync(join(place, "index.d.ts"))) return `${path}/index.js`;
    throw new Error(`${file}: there is no ${path}`);
  };
  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.replace(/(\bfrom |\bimport |\bimport\()"(\.[^"]*)"/g, (_, before, path) => `${before}"${whole(path)}"`));
}
