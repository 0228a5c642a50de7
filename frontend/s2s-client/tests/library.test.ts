/** The library as other people install it: its files, and what a strict compiler says of pages that use it. */
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { installed, type Project, typeErrors } from "./packed";

const PLAIN = `
import { createSession, isOver, textOf, type Line, type SessionSettings, type VoiceSession } from "s2s-client";
import "s2s-client/element";
const settings: Partial<SessionSettings> = { voice: "Kore", dataUse: "save" };
const session: VoiceSession = createSession({ gateway: "https://talk.example.org", settings });
session.on("line", ({ line, index }: { line: Line; index: number }) => { if (line.kind === "answer") console.log(index, textOf(line)); });
session.on("answered", ({ latencyMs }) => { const ms: number | null = latencyMs; console.log(ms, isOver(session.state)); });
const agent = document.createElement("s2s-voice-agent");
agent.labels = { start: "Los" };
agent.addEventListener("s2s-phase", ({ detail }) => { const phase: string = detail.phase; console.log(phase); });
// @ts-expect-error -- there is no such setting
session.changeSettings({ colour: "red" });
// @ts-expect-error -- there are two kinds
session.changeSettings({ turnTaking: "sometimes" });
// @ts-expect-error -- there is no such event
session.on("answer", () => undefined);
`;

let project: Project;

beforeAll(async () => {
  project = await installed({ types: true });
  writeFileSync(join(project.folder, "plain.ts"), PLAIN);
  copyFileSync(join(import.meta.dirname, "../examples/react.tsx"), join(project.folder, "react.tsx"));
}, 180_000);

afterAll(() => {
  rmSync(project.folder, { recursive: true });
});

it("a page in TypeScript and the React example are held to its types, and a wrong one is told", async () => {
  expect(await typeErrors(project.folder, "nodenext")).toBe("");
  writeFileSync(join(project.folder, "wrong.ts"), 'import { createSession } from "s2s-client";\ncreateSession({ gateway: 7 });');
  expect(await typeErrors(project.folder, "bundler")).toMatch(/^\S*wrong\.ts\(2,17\): error TS2322: .*\n$/);
}, 180_000);

it("has every file that its package names", () => {
  const { exports, files } = JSON.parse(readFileSync(join(project.library, "../package.json"), "utf8")) as {
    exports: Record<string, Record<string, string>>;
    files: string[];
  };
  const named = Object.values(exports).flatMap((one) => Object.values(one));
  expect(named.length).toBe(6);
  for (const file of named) {
    expect(files.some((folder) => file.startsWith(`./${folder}/`)), file).toBe(true);
    expect(existsSync(join(project.library, "..", file)), file).toBe(true);
  }
});
