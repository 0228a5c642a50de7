import { Cloud, House, Info } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { createPortal } from "react-dom";
import type { Model } from "../../state/sessionState";

const ConnectGemini = lazy(() => import("../../features/insights/ConnectGemini"));

/** Says where the voice goes, and, where it stays, how to let it go to Gemini. */
export function ModelBadge({ model }: { readonly model: Model }) {
  const [open, setOpen] = useState(false);
  const local = model.backend === "emulator";
  const Icon = local ? House : Cloud;
  return (
    <div className="sign" data-local={local}>
      <Icon aria-hidden="true" />
      <span>{local ? "Local engine, your voice stays on this machine" : model.name}</span>
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
