/** The React example in a project of its own, which has installed the built library and is built in its own turn. */
import { copyFileSync, cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "vite";
import { installed } from "../tests/packed";

const EXAMPLE = join(import.meta.dirname, "../examples/react.tsx");
/** Both parts of the example on one page. */
const MAIN = `
import { createRoot } from "react-dom/client";
import { HelpDesk, OwnScreen } from "./react";
createRoot(document.getElementById("root")!).render(<main><h1>A help desk</h1><HelpDesk /><OwnScreen /></main>);
`;
const PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8" /><title>A help desk</title>
<script type="module" src="./main.tsx"></script></head><body><div id="root"></div></body></html>`;

/** Into `folder`, with the address that is named instead of the example's. */
export async function buildReactPage(gateway: string, folder: string): Promise<void> {
  const { folder: root } = await installed({ types: false });
  const example = readFileSync(EXAMPLE, "utf8");
  writeFileSync(join(root, "react.tsx"), example.replaceAll("https://talk.example.org", gateway));
  copyFileSync(join(import.meta.dirname, "../tsconfig.json"), join(root, "tsconfig.json"));
  writeFileSync(join(root, "main.tsx"), MAIN);
  writeFileSync(join(root, "index.html"), PAGE);
  await build({ root, base: "./", configFile: false, logLevel: "error", build: { target: "es2022", modulePreload: false } });
  cpSync(join(root, "dist"), folder, { recursive: true });
}
