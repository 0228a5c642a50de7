import { Info, Keyboard, Stethoscope } from "lucide-react";
import { lazy, type ReactNode, type RefObject, Suspense, useEffect, useId, useRef, useState, useSyncExternalStore } from "react";
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
  readonly onKeys: () => void;
  /** Other entries of the list. */
  readonly children?: ReactNode;
}

/** What the page has found out, and its tools, behind one quiet button. */
export function InsightBar({ state, session, onKeys, children }: Props) {
  const { insight } = session;
  const found = useSyncExternalStore(insight.subscribe, insight.getSnapshot);
  const [open, setOpen] = useState<"latency" | "cost" | "doctor" | null>(null);
  const place = useRef<HTMLDivElement>(null);
  const { listed, toggle } = useDisclosure(place);
  const list = useId();
  const live = state.status === "live" ? state : null;
  const latencyMs = live?.latencyMs ?? found.waits.turns.at(-1)?.totalMs ?? null;
  const close = () => {
    setOpen(null);
  };
  return (
    <div className="facts" ref={place} {...(listed && { "data-escapes": true })}>
      <button type="button" className="quiet facts-button" aria-label="Conversation details" title="Conversation details" aria-expanded={listed} aria-controls={list} onClick={toggle}>
        <Info aria-hidden="true" />
      </button>
      {/* Hidden and not gone: a dialog that was opened from it gives the keyboard back to its entry. */}
      <div className="facts-list" id={list} role="group" aria-label="Conversation details" hidden={!listed}>
        <LatencyBadge latencyMs={latencyMs} onOpen={() => { setOpen("latency"); }} />
        <CostChip found={found} onOpen={() => { setOpen("cost"); }} />
        <button type="button" className="quiet" aria-haspopup="dialog" onClick={() => { setOpen("doctor"); }}>
          <Stethoscope aria-hidden="true" />
          <span>Connection test</span>
        </button>
        <button type="button" className="quiet keys-button" aria-haspopup="dialog" onClick={onKeys}>
          <Keyboard aria-hidden="true" />
          <span>Keyboard shortcuts</span>
        </button>
        {children}
      </div>
      <Suspense>
        {open === "latency" && <LatencyPanel waits={found.waits} onClose={close} />}
        {open === "cost" && <CostPanel found={found} onReprice={insight.reprice} onClear={insight.clear} onClose={close} />}
        {open === "doctor" && <DiagnosticsPanel session={session} muted={live ? live.muted : null} onClose={close} />}
      </Suspense>
    </div>
  );
}

/** A list that Escape and a press elsewhere close, unless a dialog lies over it. */
function useDisclosure(place: RefObject<HTMLElement | null>) {
  const [listed, list] = useState(false);
  useEffect(() => {
    if (!listed) return;
    const stop = new AbortController();
    const options = { signal: stop.signal, capture: true };
    const inDialog = () => document.querySelector("dialog[open]") !== null;
    window.addEventListener("pointerdown", ({ target }) => {
      if (!inDialog() && target instanceof Node && !place.current?.contains(target)) list(false);
    }, options);
    window.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || inDialog()) return;
      list(false);
      place.current?.querySelector("button")?.focus();
    }, options);
    return () => { stop.abort(); };
  }, [listed, place]);
  return { listed, toggle: () => { list(!listed); } };
}
