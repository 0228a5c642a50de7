import { X } from "lucide-react";
import { useState } from "react";
import { linesOf, type Live } from "../../state/sessionState";
import { asideOf, type NoticeLine } from "../../state/transcript";
import { connectionText } from "../statusText";

/** What carries the call, and what has happened to connection and devices: not a part of the conversation. */
export function ConnectionStatus({ state }: { readonly state: Live }) {
  const connection = state.outage ? null : state.connection;
  const plain = connection?.carrier === "webrtc" && !connection.relayed && !connection.twice && !connection.saving;
  const [dismissed, dismiss] = useState<NoticeLine | null>(null);
  const notice = asideOf(linesOf(state));
  return (
    <>
      {/* Its place is kept. Plain: nothing stood in the way. */}
      <p className="badge connection" data-plain={plain}>{connection && connectionText(connection)}</p>
      <div className="notice-line" aria-live="polite">
        {notice && notice !== dismissed && (
          <p className="call-notice" data-level={notice.level}>
            <span>
              {notice.text} {notice.hint}
            </span>
            <button type="button" className="quiet" aria-label="Dismiss" onClick={() => { dismiss(notice); }}>
              <X aria-hidden="true" />
            </button>
          </p>
        )}
      </div>
    </>
  );
}
