/**
 * Compressed forms beside the files of a built client: `node scripts/compress.js FOLDER`. The gateway hands them out
 * (`backend/s2s/rest/page/client_files.py`), so that nothing is compressed while people wait.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { extname, join, resolve } from "node:path";
import process from "node:process";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

/** Not the source maps: only a developer's browser asks for them. */
const KINDS = new Set([".bin", ".css", ".html", ".js", ".json", ".svg", ".txt", ".webmanifest"]);
/** A form that saves less than this share is not worth a header. */
const MIN_SAVED = 0.05;
const FORMS = {
  ".br": (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }),
  ".gz": (bytes) => gzipSync(bytes, { level: 9 }),
};

/** Writes `.br` and `.gz` beside every file that they make smaller. */
export function compress(folder) {
  for (const name of readdirSync(folder, { recursive: true })) {
    const file = join(folder, name);
    if (!KINDS.has(extname(file))) continue;
    const bytes = readFileSync(file);
    for (const [ending, form] of Object.entries(FORMS)) {
      const small = form(bytes);
      if (small.length < (1 - MIN_SAVED) * bytes.length) writeFileSync(file + ending, small);
    }
  }
}

if (process.argv[1] === import.meta.filename) compress(resolve(process.argv[2] ?? "dist"));
