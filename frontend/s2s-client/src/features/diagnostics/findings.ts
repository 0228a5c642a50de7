/** What the connection doctor says: findings, each with its remedy in plain words, and the report as text. Pure. */

/** `none`: not examined, or not needed here. */
export type Verdict = "ok" | "warn" | "fail" | "none";

export interface Finding {
  /** Stable, for tests and reports. */
  readonly id: string;
  readonly title: string;
  readonly verdict: Verdict;
  /** What was found, with its figures. */
  readonly detail: string;
  /** What to do about it; empty where nothing is to be done. */
  readonly remedy: string;
  /** The same for the operator of the server: settings, commands, files. */
  readonly details: string;
}

export function finding(id: string, title: string, verdict: Verdict, detail: string, remedy = "", details = ""): Finding {
  return { id, title, verdict, detail, remedy, details };
}

export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  ok: "OK",
  warn: "Warning",
  fail: "Problem",
  none: "Skipped",
};

/** Without these no call is possible, whatever else works. */
const NEEDED = ["browser", "gateway", "upstream", "engine", "microphone"];

/** One sentence about all of it. */
export function conclusion(findings: readonly Finding[]): { readonly verdict: Verdict; readonly words: string } {
  const failed = (id: string) => findings.some((one) => one.id === id && one.verdict === "fail");
  if (NEEDED.some(failed)) return { verdict: "fail", words: "Conversations won’t work yet. See the first problem below." };
  if (failed("udp") && failed("websocket")) return { verdict: "fail", words: "Nothing reaches the server from this network." };
  if (failed("udp")) return { verdict: "warn", words: "Conversations work, but over the fallback, because UDP doesn’t get through." };
  if (failed("quality")) return { verdict: "fail", words: "The network is too poor for a conversation." };
  const bad = findings.filter(({ verdict }) => verdict === "warn" || verdict === "fail").length;
  if (bad > 0) return { verdict: "warn", words: `Conversations work. ${bad === 1 ? "There’s one warning" : `There are ${bad} warnings`}.` };
  return { verdict: "ok", words: "Everything works." };
}

/** For an e-mail or an issue. Contains no key, password, address of a person, or sound. */
export function report(findings: readonly Finding[], facts: { readonly at: Date; readonly browser: string; readonly inCall: boolean }): string {
  const head = [
    "S2S connection test",
    `${facts.at.toISOString()}, ${facts.inCall ? "during a conversation" : "without a conversation"}`,
    facts.browser,
    conclusion(findings).words,
  ];
  const lines = findings.flatMap(({ id, title, verdict, detail, remedy, details }) => [
    `[${verdict.toUpperCase()}] ${title} (${id}): ${detail}`,
    ...(remedy || details ? [`    Remedy: ${[remedy, details].filter(Boolean).join(" ")}`] : []),
  ]);
  return [...head, "", ...lines, ""].join("\n");
}
