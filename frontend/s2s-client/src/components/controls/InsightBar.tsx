import { Stethoscope } from "lucide-react";
import { lazy, type ReactNode, Suspense, useState, useSyncExternalStore } from "react";
import { LatencyBadge } from "./LatencyBadge";
import type { Conversation } from "../../app/geminiSession";
import type { SessionState } from "../../state/sessionState";
import "./insightBar.css";
import { CostChip } from "../../features/insights/CostChip";

const LatencyPanel = lazy(() => import("../../features/insights/LatencyPanel"));
const CostPanel = lazy(() => import("../../features/insights/CostPanel"));
const DiagnosticsPanel = lazy(() => import("../../features/diagnostics/DiagnosticsPanel"));

interface Props {
  readonly state: SessionState;
  readonly session: Pick<Conversation, "insight" | "settings" | "setMuted" | "apiUrl" | "callerHeaders">;
  /** Other quiet buttons of the same line. */
  readonly children?: ReactNode;
}

/** What the page has found out, in one quiet line; the details are behind it. */
export function InsightBar({ state, session, children }: Props) {
  const { insight } = session;
  const found = useSyncExternalStore(insight.subscribe, insight.getSnapshot);
  const [open, setOpen] = useState<"latency" | "cost" | "doctor" | null>(null);
  const live = state.status === "live" ? state : null;
  const latencyMs = live?.latencyMs ?? found.waits.turns.at(-1)?.totalMs ?? null;
  const close = () => {
    setOpen(null);
  };
  return (
    <div className="facts" role="group" aria-label="About this conversation">
      <LatencyBadge latencyMs={latencyMs} onOpen={() => { setOpen("latency"); }} />
      <CostChip found={found} onOpen={() => { setOpen("cost"); }} />
      <button type="button" className="quiet" aria-label="Check the connection" aria-haspopup="dialog" onClick={() => { setOpen("doctor"); }}>
        <Stethoscope aria-hidden="true" />
        <span>Check the connection</span>
      </button>
      {children}
      <Suspense>
        {open === "latency" && <LatencyPanel waits={found.waits} onClose={close} />}
        {open === "cost" && <CostPanel found={found} onReprice={insight.reprice} onClear={insight.clear} onClose={close} />}
        {open === "doctor" && <DiagnosticsPanel session={session} muted={live ? live.muted : null} onClose={close} />}
      </Suspense>
    </div>
  );
}
