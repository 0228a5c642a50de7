import { Trash2 } from "lucide-react";
import { useId, useState } from "react";
import type { Deletion, Part } from "../../app/deletion";
import type { Conversation } from "../../app/geminiSession";

interface Props {
  readonly session: Pick<Conversation, "deleteEverything">;
  readonly inCall: boolean;
}

/** One button for everything that this device, and the service, holds of the person. It deletes at the second press. */
export function DeleteMine({ session, inCall }: Props) {
  const [asked, setAsked] = useState(false);
  const [outcome, setOutcome] = useState<Deletion | "working" | null>(null);
  const hint = useId();
  const press = () => {
    if (outcome === "working") return;
    setAsked(!asked);
    if (!asked) return;
    setOutcome("working");
    void session.deleteEverything().then(setOutcome);
  };
  return (
    <div className="delete-mine">
      <button type="button" className="button danger" aria-describedby={hint} aria-disabled={outcome === "working"} onClick={press} onBlur={() => { setAsked(false); }}>
        <Trash2 aria-hidden="true" />
        {asked ? "Delete everything? This can’t be undone." : "Delete my data"}
      </button>
      <p className="hint" id={hint}>
        Removes your history, settings and costs from this device, and your reports and recordings from the server.
        {inCall && " This also ends the conversation."}
      </p>
      <div role="status">
        {outcome === "working" && <p className="hint">Deleting…</p>}
        {outcome !== null && outcome !== "working" && (
          <div className="deleted" ref={(words) => words?.scrollIntoView({ block: "nearest" })}>
            <Outcome outcome={outcome} />
          </div>
        )}
      </div>
    </div>
  );
}

const PARTS: Readonly<Record<Part, string>> = {
  calls: "history",
  keys: "the keys to your reports",
  settings: "settings and costs",
  "offline-note": "the page that appears when you’re offline",
};

function Outcome({ outcome: { left, service } }: { readonly outcome: Deletion }) {
  return (
    <>
      <p>
        {left.length === 0
          ? "Everything on this device is deleted."
          : `Everything on this device is deleted, except: ${left.map((part) => PARTS[part]).join(", ")}.`}
      </p>
      {"code" in service ? (
        <p>
          The server still has its copy: {service.message} {service.hint}
          {left.includes("keys") && " The keys stay here so you can try again."}
        </p>
      ) : (
        <>
          <p>
            On the server, {counted(service.reports, "report")} and {counted(service.recordings, "recording")} were deleted.
            {service.stays.length > 0 && " What stays there, and for how long:"}
          </p>
          <ul className="hint">
            {service.stays.map((words) => (
              <li key={words}>{words}</li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

const counted = (count: number, what: string): string => `${count === 0 ? "no" : count} ${what}${count === 1 ? "" : "s"}`;
