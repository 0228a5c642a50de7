import { ArrowLeft, Download } from "lucide-react";
import { useState } from "react";
import { Dialog } from "../../../components/primitives/Dialog";
import { modelName } from "../../../shared/modelName";
import type { CallArchive } from "../callArchive";
import type { RecordedCall } from "../callRecord";
import { clock } from "../textExport";
import type { SettingsStore } from "../../../state/settings";
import { Downloads } from "./Downloads";
import { PastCalls } from "./PastCalls";
import { Timeline } from "./Timeline";
import "./timeline.css";

export type CallDialog = "past-calls" | "download" | "time-line";

interface Props {
  readonly room: CallDialog;
  readonly calls: Pick<CallArchive, "call" | "history">;
  readonly settings: SettingsStore;
  readonly onClose: () => void;
}

const TITLES: Readonly<Record<CallDialog, string>> = { "past-calls": "History", download: "Download", "time-line": "Timeline" };

/** Where calls are looked at: the one on the screen, and those before it. Fetched when it is opened. */
export default function CallDialogs({ room: first, calls, settings, onClose }: Props) {
  const [path, setPath] = useState<readonly CallDialog[]>([first]);
  // The call as it is now: one that goes on does not grow under the reader's eyes.
  const [call, setCall] = useState(() => (first === "past-calls" ? null : calls.call()));
  const room = path.at(-1) ?? first;
  const enter = (next: CallDialog) => { setPath([...path, next]); };
  return (
    <Dialog title={TITLES[room]} onClose={onClose} wide={room === "time-line"}>
      {(path.length > 1 || room === "time-line") && (
        <div className="room-head">
          {path.length > 1 && (
            <button type="button" className="button" ref={(button) => button?.focus()} onClick={() => { setPath(path.slice(0, -1)); }}>
              <ArrowLeft aria-hidden="true" />
              {TITLES[path.at(-2) ?? first]}
            </button>
          )}
          {call && <p className="hint">{titleOf(call)}</p>}
          {room === "time-line" && (
            <button type="button" className="button" onClick={() => { enter("download"); }}>
              <Download aria-hidden="true" />
              Download
            </button>
          )}
        </div>
      )}
      {room === "past-calls" && (
        <PastCalls
          calls={calls}
          settings={settings}
          onOpen={(found) => {
            setCall(found);
            enter("time-line");
          }}
        />
      )}
      {room === "time-line" && call && <Timeline call={call} />}
      {room === "download" && call && <Downloads call={call} />}
    </Dialog>
  );
}

function titleOf({ record }: RecordedCall): string {
  const date = new Date(record.startedAt).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  return [date, clock(record.durationMs), record.model && modelName(record.model)].filter(Boolean).join(" · ");
}
