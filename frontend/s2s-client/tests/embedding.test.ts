// @vitest-environment jsdom
/** docs/embedding.md is true: its code stands in the examples, which are typed and run, and its tables hold every name. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { LABELS } from "../src/embed/labels";
import { SESSION_EVENTS } from "../src/embed/sessionEvents";
import * as library from "../src/embed/s2s-client";
import { S2SVoiceAgentElement } from "../src/embed/s2s-voice-agent";
import { STYLES } from "../src/embed/styles";

const { createSession, VoiceSession } = library;

const ROOT = join(import.meta.dirname, "../../..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const DOC = read("docs/embedding.md");

/** Indentation is the example's own affair, and its address depends on where it stands. */
const plain = (text: string) => text.replaceAll("https://talk.example.org/app/", "../").replace(/\s+/g, " ").trim();
const blocks = (kind: string) => [...DOC.matchAll(/```(\w+)\n(.*?)```/gs)].filter((found) => found[1] === kind).map((found) => found[2] ?? "");
const section = (title: string) => DOC.split(/^#+ /m).find((part) => part.startsWith(title)) ?? "";
const firstColumn = (text: string) =>
  [...text.matchAll(/^\| (`.*?) \|/gm)].flatMap((row) => [...(row[1] ?? "").matchAll(/`(\w[\w-]*)/g)].map((name) => name[1]));

it.each([
  ["js", ["plain.js", "element.js"]],
  ["tsx", ["react.tsx"]],
])("shows no %s that does not run", (kind, names) => {
  const examples = names.map((name) => plain(read(`frontend/s2s-client/examples/${name}`)));
  const shown = blocks(kind);
  expect(shown.length).toBeGreaterThan(2);
  for (const block of shown) expect(examples.some((example) => example.includes(plain(block))), block).toBe(true);
});

it("shows the tags of the example page", () => {
  const example = plain(read("frontend/s2s-client/examples/element.html"));
  for (const block of blocks("html").slice(0, 2)) expect(example).toContain(plain(block));
});

it("names every event, attribute, setting, label and colour", () => {
  expect(firstColumn(section("Events"))).toEqual(SESSION_EVENTS);
  expect(firstColumn(section("One element")).toSorted()).toEqual([...S2SVoiceAgentElement.observedAttributes].toSorted());
  for (const name of [...Object.keys(LABELS), ...(STYLES.match(/--s2s-[\w-]+/g) ?? [])]) expect(DOC).toContain(`\`${name}\``);
  for (const name of firstColumn(section("Settings"))) expect(createSession().settings).toHaveProperty(name ?? "");
});

it("names every member of a session", () => {
  const members = [...Object.getOwnPropertyNames(VoiceSession.prototype), ...Object.keys(createSession())];
  expect(firstColumn(section("The library")).toSorted()).toEqual(members.filter((name) => name !== "constructor").toSorted());
});

/** All files that come with a module when it is loaded; what is imported later, by import(), is not among them. */
function cameWith(path: string, found = new Set<string>()): Set<string> {
  if (found.has(path)) return found;
  found.add(path);
  const imports = read(path).matchAll(/^(?:import|export) (?!type )[^;]*?from "(\.[^"?]*)"|^import "(\.[^"?]*)"/gm);
  for (const [, from, bare] of imports) {
    const named = join(path, "..", from ?? bare ?? "");
    const file = [".ts", ".tsx", "/index.ts"].map((end) => named + end).find((one) => existsSync(join(ROOT, one)));
    if (file) cameWith(file, found);
  }
  return found;
}

it.each(["s2s-client.ts", "s2s-voice-agent.ts"])("brings with %s no recorder, no costs, no pictures, no React", (entry) => {
  const client = "frontend/s2s-client/src/";
  const came = [...cameWith(`${client}embed/${entry}`)].map((path) => path.slice(client.length));
  expect(came).toContain("app/call.ts");
  expect(came.filter((path) => /^(features|hooks)\/|\.tsx$/.test(path))).toEqual([]);
});

it("names everything else that the library gives", () => {
  const beside = /^Beside it: (.*?)\n\n/ms.exec(section("The library"))?.[1] ?? "";
  const named = [...beside.matchAll(/`(\w+)\(/g)].map((found) => found[1] ?? "");
  expect([...named, "VoiceSession", "createSession"].toSorted()).toEqual(Object.keys(library).toSorted());
});

it("says how much is loaded, as the budgets hold it", () => {
  const { "size-limit": budgets } = JSON.parse(read("frontend/s2s-client/package.json")) as { "size-limit": { name: string; limit: string }[] };
  const limit = (of: string) => parseFloat(budgets.find(({ name }) => name.includes(of))?.limit ?? "");
  const told = (way: string) => Number(new RegExp(`\\[${way}\\].*?\\| (\\d+) kB`).exec(DOC)?.[1]);
  for (const [way, of] of [["one element", "as an element"], ["the library", "as a library"]] as const) {
    expect(told(way) / limit(of), way).toBeGreaterThan(0.9);
    expect(told(way) / limit(of), way).toBeLessThanOrEqual(1);
  }
});

it("asks of other pages what the story on such a page was given, and no more", () => {
  const tried = /const POLICY = "default-src 'self'; (.*)"/.exec(read("frontend/s2s-client/e2e/builtSite.ts"))?.[1];
  const told = plain(blocks("text")[0] ?? "").replaceAll("https://talk.example.org", "GATEWAY").replace("wss://talk.example.org", "WEBSOCKET");
  expect(told).toBe(tried);
  const features = [...read("backend/s2s/rest/page/client_files.py").matchAll(/([\w-]+)=\(self\)/g)].map((found) => found[1] ?? "");
  expect(/allow="(.*?)"/.exec(DOC)?.[1]?.split("; ")).toEqual(features);
});
