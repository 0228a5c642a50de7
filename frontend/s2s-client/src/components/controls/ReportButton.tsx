import { Flag } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { createPortal } from "react-dom";
import type { Conversation } from "../../app/geminiSession";
import { sessionOf, type SessionState } from "../../state/sessionState";

const ReportDialog = lazy(() => import("./ReportDialog"));

interface Props {
  readonly state: SessionState;
  readonly session: Pick<Conversation, "report">;
}

/** There while there is a conversation to report, and after it. */
export function ReportButton({ state, session }: Props) {
  const [open, setOpen] = useState(false);
  if (sessionOf(state) === null && !open) return null;
  return (
    <>
      <button type="button" className="quiet report" aria-haspopup="dialog" onClick={() => { setOpen(true); }}>
        <Flag aria-hidden="true" />
        <span>Report a problem</span>
      </button>
      {open && createPortal(<Suspense><ReportDialog session={session} onClose={() => { setOpen(false); }} /></Suspense>, document.body)}
    </>
  );
}
