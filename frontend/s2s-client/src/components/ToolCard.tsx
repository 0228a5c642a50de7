import { Wrench } from "lucide-react";
import type { ToolLine } from "../session/transcript";

/** One function call: its name, what it was asked, what it answered, and how long it took. */
export function ToolCard({ line }: { readonly line: ToolLine }) {
  const { result } = line;
  const state = result === null ? "running" : result.ok ? "done" : "failed";
  return (
    <div className="tool" data-state={state}>
      <p className="tool-head">
        <Wrench aria-hidden="true" />
        <code>{line.name}</code>
        <span className="tool-state">{result === null ? "running…" : `${result.ok ? "" : "failed, "}${duration(result.tookMs)}`}</span>
      </p>
      <dl>
        {Object.entries(line.args).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{typeof value === "string" ? value : JSON.stringify(value)}</dd>
          </div>
        ))}
      </dl>
      {result !== null && <p className="tool-result">{result.summary}</p>}
    </div>
  );
}

function duration(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`;
}
