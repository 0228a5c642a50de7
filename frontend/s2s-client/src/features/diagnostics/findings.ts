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
}

export function finding(id: string, title: string, verdict: Verdict, detail: string, remedy = ""): Finding {
  return { id, title, verdict, detail, remedy };
}

export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  ok: "All right",
  warn: "Worth a look",
  fail: "Problem",
  none: "Not examined",
};

/** Without these no call is possible, whatever else works. */
const NEEDED = ["browser", "gateway", "upstream", "engine", "microphone"];

/** One sentence about all of it. */
export function conclusion(findings: readonly Finding[]): { readonly verdict: Verdict; readonly words: string } {
  const failed = (id: string) => findings.some((one) => one.id === id && one.verdict === "fail");
  if (NEEDED.some(failed)) return { verdict: "fail", words: "A call will not work yet. See the first problem below." };
  if (failed("udp") && failed("websocket")) return { verdict: "fail", words: "Nothing reaches the gateway from this network." };
  if (failed("udp")) return { verdict: "warn", words: "A call works, but over the WebSocket, because UDP does not get through." };
  if (failed("quality")) return { verdict: "fail", words: "The network is too poor for a conversation." };
  const bad = findings.filter(({ verdict }) => verdict === "warn" || verdict === "fail").length;
  if (bad > 0) return { verdict: "warn", words: `A call works. ${bad === 1 ? "One thing is" : `${bad} things are`} worth a look.` };
  return { verdict: "ok", words: "Everything is fine." };
}

/** For an e-mail or an issue. Contains no key, password, address of a person, or sound. */
export function report(findings: readonly Finding[], facts: { readonly at: Date; readonly browser: string; readonly inCall: boolean }): string {
  const head = [
    "S2S connection check",
    `${facts.at.toISOString()}, ${facts.inCall ? "during a call" : "without a call"}`,
    facts.browser,
    conclusion(findings).words,
  ];
  const lines = findings.flatMap(({ id, title, verdict, detail, remedy }) => [
    `[${verdict.toUpperCase()}] ${title} (${id}): ${detail}`,
    ...(remedy ? [`    Remedy: ${remedy}`] : []),
  ]);
  return [...head, "", ...lines, ""].join("\n");
}
