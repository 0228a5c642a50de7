import { useState } from "react";
import { Dialog } from "../../components/primitives/Dialog";
import { milliseconds } from "../../shared/format";
import "./insights.css";
import type { TurnLatency, Latencies } from "./latencyStats";
import { type PartName, percentile } from "./waterfall";

const LABELS: Readonly<Record<PartName, string>> = {
  capture: "Your browser",
  up: "Upload",
  model: "AI service",
  gateway: "Server",
  down: "Download",
  buffer: "Playback buffer",
};

/** The parts of each answer's waiting time, one turn as a picture, all of them as a table. */
export default function LatencyPanel({ waits, onClose }: { readonly waits: Latencies; readonly onClose: () => void }) {
  const { turns } = waits;
  const [wished, choose] = useState<number | null>(null);
  const chosen = turns.find(({ turn }) => turn === wished) ?? turns.at(-1);
  return (
    <Dialog title="Response time" wide onClose={onClose}>
      <div className="panel">
        <Figures waits={waits} />
        {chosen && <OneTurn wait={chosen} place={turns.indexOf(chosen) + 1} />}
        {turns.length > 0 && <AllTurns turns={turns} chosen={chosen} onChoose={choose} />}
        <ClockLine waits={waits} />
      </div>
    </Dialog>
  );
}

function Figures({ waits: { turns, silencings } }: { readonly waits: Latencies }) {
  const totals = turns.map(({ totalMs }) => totalMs);
  const silent = silencings.at(-1);
  const figure = (ms: number | null) => (ms === null ? "–" : milliseconds(ms));
  return (
    <>
      <p className="panel-lead">Measured on this device, from the end of your words to the first sound of the reply.</p>
      <dl className="figures">
        <Figure name="Median" value={figure(percentile(totals, 0.5))} />
        <Figure name="95th percentile" value={figure(percentile(totals, 0.95))} />
        <Figure name="Replies" value={String(turns.length)} />
        <Figure
          name="Time to stop"
          value={figure(silent?.ms ?? null)}
        />
      </dl>
      {silencings.length > 1 && (
        <p className="hint">
          {silencings.length} interruptions. Time to stop: median {figure(percentile(silencings.map(({ ms }) => ms), 0.5))}, 95th percentile{" "}
          {figure(percentile(silencings.map(({ ms }) => ms), 0.95))}.
        </p>
      )}
    </>
  );
}

function Figure({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** Not compared clocks: only what this machine tells alone, and all the rest as one. */
const shown = ({ parts, boundMs }: TurnLatency) => (boundMs === null ? parts.filter(({ name }) => ["capture", "model", "buffer"].includes(name)) : parts);

const label = (name: PartName, { boundMs }: TurnLatency): string => (boundMs === null && name === "model" ? "Network, server, AI" : LABELS[name]);

function OneTurn({ wait, place }: { readonly wait: TurnLatency; readonly place: number }) {
  const { totalMs, toolsMs, typed } = wait;
  const parts = shown(wait);
  const startOf = (at: number) => parts.slice(0, at).reduce((sum, { ms }) => sum + ms, 0);
  const share = (ms: number) => `${totalMs > 0 ? (100 * ms) / totalMs : 0}%`;
  return (
    <section aria-label={`Reply ${place} in parts`}>
      <h3>
        Reply {place}: {milliseconds(totalMs)}
        {typed && " after a typed message"}
      </h3>
      <ol className="waterfall">
        {parts.map(({ name, ms }, at) => (
          <li key={name} data-part={name}>
            <span>{label(name, wait)}</span>
            <span className="rail" aria-hidden="true">
              <span className="fall" style={{ insetInlineStart: `min(${share(startOf(at))}, 100% - 2px)`, inlineSize: share(ms) }} />
            </span>
            <span className="ms">{milliseconds(ms)}</span>
          </li>
        ))}
      </ol>
      <p className="hint">
        The AI service&rsquo;s part includes waiting for you to finish speaking{toolsMs > 0 && `, and ${milliseconds(toolsMs)} for tools`}.
      </p>
    </section>
  );
}

interface AllTurnsProps {
  readonly turns: readonly TurnLatency[];
  readonly chosen: TurnLatency | undefined;
  readonly onChoose: (turn: number) => void;
}

const NAMES = Object.keys(LABELS) as PartName[];

function AllTurns({ turns, chosen, onChoose }: AllTurnsProps) {
  return (
    <section aria-label="All replies">
      <h3>All replies</h3>
      <div className="table-box tall" role="region" aria-label="Table of all replies" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">Reply</th>
              <th scope="col">Total</th>
              {NAMES.map((name) => (
                <th key={name} scope="col">
                  {LABELS[name]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {turns.map((wait, at) => (
              <tr key={wait.turn} data-chosen={wait === chosen}>
                <th scope="row">
                  <button type="button" className="quiet" aria-pressed={wait === chosen} onClick={() => { onChoose(wait.turn); }}>
                    Reply {at + 1}
                  </button>
                </th>
                <td>{milliseconds(wait.totalMs)}</td>
                {NAMES.map((name) => {
                  const part = shown(wait).find((one) => one.name === name);
                  return <td key={name}>{part ? milliseconds(part.ms) : "–"}</td>;
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function ClockLine({ waits: { boundMs, bestRoundTripMs } }: { readonly waits: Latencies }) {
  if (boundMs === null || bestRoundTripMs === null) return <p className="hint">Upload and download aren’t told apart yet.</p>;
  return (
    <p className="hint">
      Upload and download are accurate to about {milliseconds(Math.ceil(boundMs))}: half of the fastest round trip (
      {bestRoundTripMs < 1 ? "under 1 ms" : milliseconds(bestRoundTripMs)}) and 1 ms of rounding. The total is exact.
    </p>
  );
}
