/**
 * New reference pictures of the call screen: plays e2e/gallery.spec.ts, keeps what it saw, and makes the files small.
 * Look at every picture before it is committed. Needs ffmpeg.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, renameSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";

const client = resolve(import.meta.dirname, "..");
const folder = join(client, "e2e/references");
// A quarter of the size, and no difference that the comparison could see.
const FEW_COLORS = "split[a][b];[a]palettegen=max_colors=64:reserve_transparent=0[p];[b][p]paletteuse=dither=none";

execFileSync("npx", ["playwright", "test", "e2e/gallery.spec.ts", "--grep", "looks as it should", "--update-snapshots=all", ...process.argv.slice(2)], {
  cwd: client,
  stdio: "inherit",
});
for (const name of readdirSync(folder)) {
  const [big, small] = [join(folder, name), join(folder, `small-${name}`)];
  execFileSync("ffmpeg", ["-v", "error", "-y", "-i", big, "-vf", FEW_COLORS, "-compression_level", "100", small], { stdio: "inherit" });
  renameSync(small, big);
}
