import { type SubmitEvent, useId, useState } from "react";
import type { SavedReport } from "../../services/pageApi";
import { CallFailure, failure } from "../../shared/callErrors";
import type { Conversation } from "../../app/geminiSession";
import type { Failure } from "../../types";
import { Dialog } from "../primitives/Dialog";

interface Props {
  readonly session: Pick<Conversation, "report">;
  readonly onClose: () => void;
}

const MAX_NOTE_CHARS = 2_000;

/** Nothing is saved without the tick; what is saved stays with those who run the service. */
export default function ReportDialog({ session, onClose }: Props) {
  const [saved, setSaved] = useState<SavedReport | null>(null);
  return (
    <Dialog title="Report a problem" onClose={onClose}>
      {saved ? <Thanks saved={saved} /> : <ReportForm report={session.report} onSaved={setSaved} />}
    </Dialog>
  );
}

function ReportForm({ report, onSaved }: { readonly report: Conversation["report"]; readonly onSaved: (saved: SavedReport) => void }) {
  const [consent, setConsent] = useState(false);
  const [note, setNote] = useState("");
  const [refused, setRefused] = useState<Failure | null>(null);
  const [sending, setSending] = useState(false);
  const id = useId();
  const send = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (!consent || sending) return;
    setSending(true);
    setRefused(null);
    try {
      onSaved(await report(note.trim()));
    } catch (reason) {
      setRefused(reason instanceof CallFailure ? reason.failure : failure("gateway-error"));
      setSending(false);
    }
  };
  return (
    <form className="report-form" onSubmit={(event) => void send(event)}>
      <p>Something went wrong? Send this conversation to whoever runs this server.</p>
      <ul>
        <li>Included: the transcript, tool inputs and outputs, and what the connection did, with times.</li>
        <li>Audio is included only if this server records it. You’ll see afterwards whether it was.</li>
        <li>Keys and passwords are never included.</li>
      </ul>
      <div className="note">
        <label htmlFor={`${id}-note`}>What went wrong? (optional)</label>
        <textarea id={`${id}-note`} rows={3} maxLength={MAX_NOTE_CHARS} value={note} onChange={(event) => { setNote(event.target.value); }} />
      </div>
      <div className="consent">
        <input id={`${id}-consent`} type="checkbox" required checked={consent} onChange={(event) => { setConsent(event.target.checked); }} />
        <label htmlFor={`${id}-consent`}>I agree to send this conversation to whoever runs this server.</label>
      </div>
      <div role="alert">
        {refused && (
          <p className="line notice" data-level="error">
            {refused.message} {refused.hint} {refused.retryAfterS !== undefined && `Try again in ${refused.retryAfterS} seconds.`}
          </p>
        )}
      </div>
      <button type="submit" className="button primary" aria-disabled={sending}>
        {sending ? "Sending…" : "Send report"}
      </button>
    </form>
  );
}

function Thanks({ saved }: { readonly saved: SavedReport }) {
  const { name, seconds, bytes, audio, complete } = saved;
  return (
    <div role="status">
      <p>Thank you. Your report was sent. Whoever runs this server can find it under this name:</p>
      <p>
        <code className="report-name">{name}</code>
      </p>
      <p className="hint">
        {Math.round(seconds)} seconds of conversation, {Math.max(1, Math.round(bytes / 1000))} kB, {audio ? "with" : "without"} audio.
        {!complete && " The end didn’t fit."}
      </p>
    </div>
  );
}
