/** The licence texts of what a build contains beside npm packages, in `licences/`; Vite writes those of the packages. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

const TEXTS = {
  "s2s.txt": "../../LICENSE",
  "silero-vad.txt": "src/audio/vad/silero-vad.LICENSE.txt",
} as const;

export function licences(): Plugin {
  return {
    name: "s2s-licences",
    apply: "build",
    generateBundle() {
      for (const [name, path] of Object.entries(TEXTS)) {
        this.emitFile({ type: "asset", fileName: `licences/${name}`, source: readFileSync(join(import.meta.dirname, path), "utf8") });
      }
    },
  };
}

/** Where Vite writes the licences of the npm packages in this build. Text, so that a browser shows it. */
export const packageLicences = (build: string) => ({ fileName: `licences/${build}.txt` });
