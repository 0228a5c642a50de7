import { Circle, CircleCheck, CircleMinus, CircleX, LoaderCircle, TriangleAlert } from "lucide-react";
import { type ComponentType, useEffect, useState, useSyncExternalStore } from "react";
import { CopyButton } from "../../components/primitives/CopyButton";
import { Dialog } from "../../components/primitives/Dialog";
import { LevelMeter } from "../../components/primitives/LevelMeter";
import type { SettingsStore } from "../../state/settings";
import "../insights/insights.css";
import { DiagnosticsRunner } from "./diagnosticsRunner";
import { STEPS } from "./diagnosticSteps";
import { conclusion, type Finding, report, type Verdict, VERDICT_WORDS } from "./findings";

interface Props {
  readonly session: {
    readonly settings: SettingsStore;
    readonly setMuted: (muted: boolean) => void;
    readonly apiUrl: string;
    readonly callerHeaders: () => Promise<Record<string, string>>;
  };
  /** Whether the microphone of the call is off; null without a call. */
  readonly muted: boolean | null;
  readonly onClose: () => void;
}

type Icon = ComponentType<{ "aria-hidden": "true" }>;
const ICONS: Readonly<Record<Verdict, Icon>> = { ok: CircleCheck, warn: TriangleAlert, fail: CircleX, none: CircleMinus };

/** The connection doctor: what may stand in the way of a call, step by step, and what to do about it. */
export default function DiagnosticsPanel({ session, muted, onClose }: Props) {
  const examiner = useDiagnostics();
  const { step, findings, running, done } = useSyncExternalStore(examiner.subscribe, examiner.getSnapshot);
  const start = () => {
    examiner.start(session.apiUrl, session.settings.getSnapshot(), muted === false ? { mute: session.setMuted } : null, session.callerHeaders);
  };
  const current = step === null ? null : STEPS[step];
  return (
    <Dialog title="Connection test" onClose={onClose}>
      <div className="panel">
        {!running && !done && <Introduction inCall={muted !== null} />}
        {done && <p className="verdict">{conclusion(findings).words}</p>}
        {running && (
          <p className="test-progress">
            <progress aria-label="Progress" max={STEPS.length} value={step ?? 0} />
            <span aria-hidden="true">
              Step {(step ?? 0) + 1} of {STEPS.length}
            </span>
          </p>
        )}
        <p className="visually-hidden" role="status">
          {running ? current?.asks : done ? conclusion(findings).words : ""}
        </p>
        {(running || findings.length > 0) && (
          <ol className="steps" aria-label="Results">
            {findings.map((one) => (
              <FindingLine key={one.id} finding={one} />
            ))}
            {running && current && (
              <li data-verdict="running">
                <LoaderCircle aria-hidden="true" />
                <span className="title">{current.title}</span>
                <span className="detail">{current.asks}</span>
                {current.id === "microphone" && <LevelMeter label="Mic level" read={examiner.read} />}
              </li>
            )}
            {running && STEPS.slice((step ?? 0) + 1).map(({ id, title }) => (
              <li key={id} data-verdict="waiting">
                <Circle aria-hidden="true" />
                <span className="detail">{title}</span>
              </li>
            ))}
          </ol>
        )}
        <Buttons running={running} done={done} onStart={start} onStop={examiner.stop} text={() => textOf(findings, muted !== null)} />
      </div>
    </Dialog>
  );
}

function useDiagnostics(): DiagnosticsRunner {
  const [examiner] = useState(() => new DiagnosticsRunner());
  useEffect(() => examiner.stop, [examiner]);
  return examiner;
}

const textOf = (findings: readonly Finding[], inCall: boolean): string => report(findings, { at: new Date(), browser: navigator.userAgent, inCall });

function Introduction({ inCall }: { readonly inCall: boolean }) {
  return (
    <>
      <p>
        Takes 12 seconds. We’ll ask you to say something and play three sounds.
      </p>
      <p className="hint">
        {inCall ? "The AI can’t hear you during the test. Your conversation continues. " : ""}
        Nothing is recorded, and nothing is sent anywhere except your own server.
      </p>
    </>
  );
}

function FindingLine({ finding: { verdict, title, detail, remedy, details } }: { readonly finding: Finding }) {
  const Icon = ICONS[verdict];
  return (
    <li data-verdict={verdict}>
      <Icon aria-hidden="true" />
      <span className="title">
        {title}
        <span>{VERDICT_WORDS[verdict]}</span>
      </span>
      <span className="detail">{detail}</span>
      {remedy && <span className="remedy">{remedy}</span>}
      {details && (
        <details className="details">
          <summary>Details</summary>
          <p>{details}</p>
        </details>
      )}
    </li>
  );
}

interface ButtonsProps {
  readonly running: boolean;
  readonly done: boolean;
  readonly onStart: () => void;
  readonly onStop: () => void;
  readonly text: () => string;
}

function Buttons({ running, done, onStart, onStop, text }: ButtonsProps) {
  return (
    <div className="row test-buttons">
      {/* One button, so that the keyboard's focus stays when it changes its meaning. */}
      <button type="button" className={running ? "button" : "button primary"} onClick={running ? onStop : onStart}>
        {running ? "Stop" : done ? "Test again" : "Start test"}
      </button>
      {done && <CopyButton words="Copy results" text={text} />}
    </div>
  );
}
