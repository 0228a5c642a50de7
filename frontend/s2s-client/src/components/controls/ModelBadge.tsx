import { Cloud, House, Info } from "lucide-react";
import { lazy, Suspense, useState, useSyncExternalStore } from "react";
import { createPortal } from "react-dom";
import type { Conversation } from "../../app/geminiSession";
import type { Model } from "../../state/sessionState";
import { whoIsAnswering } from "../welcome/whoAnswers";

const ConnectGemini = lazy(() => import("../../features/insights/ConnectGemini"));

/** Says where the voice goes, and, where it stays, how to let it go to Gemini. */
export function ModelBadge({ model, session }: { readonly model: Model; readonly session: Pick<Conversation, "choices" | "apiUrl"> }) {
  const [open, setOpen] = useState(false);
  const told = useSyncExternalStore(session.choices.subscribe, session.choices.getSnapshot);
  const offered = told && "found" in told ? (told.found.upstream ?? null) : null;
  const who = whoIsAnswering(model, offered, session.apiUrl, window.location);
  const local = model.backend === "emulator";
  const Icon = local ? House : Cloud;
  return (
    <div className="sign" data-local={local}>
      <Icon aria-hidden="true" />
      <span>
        {who.name}
        <span className="sign-where">{who.where}</span>
      </span>
      {local && (
        <button type="button" className="quiet" aria-haspopup="dialog" onClick={() => { setOpen(true); }}>
          <Info aria-hidden="true" />
          <span>Connect Gemini</span>
        </button>
      )}
      {/* Beside the page's head: a dialog has its own head. */}
      {open && createPortal(<Suspense><ConnectGemini onClose={() => { setOpen(false); }} /></Suspense>, document.body)}
    </div>
  );
}
