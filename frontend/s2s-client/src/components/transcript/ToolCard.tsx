import { Check, LoaderCircle, TriangleAlert, Wrench } from "lucide-react";
import { toolHeading } from "../../state/toolLabels";
import type { ToolLine } from "../../state/transcript";

/** So that how it went is seen without its color. */
const SIGNS = { running: LoaderCircle, done: Check, failed: TriangleAlert } as const;

/** One function call: its name, what it was asked, what it answered, and how long it took. */
export function ToolCard({ line }: { readonly line: ToolLine }) {
  const { result } = line;
  const state = result === null ? "running" : result.ok ? "done" : "failed";
  const Sign = SIGNS[state];
  return (
    <div className="tool" data-state={state}>
      <p className="tool-head">
        <Wrench aria-hidden="true" />
        <span className="tool-name">{toolHeading(line.name)}</span>
        <span className="tool-state">
          <Sign aria-hidden="true" />
          {result === null ? "running…" : `${result.ok ? "" : "failed, "}${duration(result.tookMs)}`}
        </span>
      </p>
      <dl>
        {Object.entries(line.args).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd dir="auto">{typeof value === "string" ? value : JSON.stringify(value)}</dd>
          </div>
        ))}
      </dl>
      {result !== null && <p className="tool-result" dir="auto">{result.summary}</p>}
    </div>
  );
}

function duration(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`;
}
