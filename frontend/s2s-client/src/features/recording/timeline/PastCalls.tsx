import { FolderOpen, Trash2 } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useSettings } from "../../../components/primitives/useSettings";
import { FileFault, MAX_FILE_BYTES, parseCall } from "../callFile";
import type { CallArchive } from "../callArchive";
import type { RecordedCall } from "../callRecord";
import type { CallDatabase, PastCall } from "../callDatabase";
import { clock } from "../textExport";
import { type Keeping, keepingOf, type SettingsStore } from "../../../state/settings";

interface Props {
  readonly calls: Pick<CallArchive, "history">;
  readonly settings: SettingsStore;
  readonly onOpen: (call: RecordedCall) => void;
}

type Listed = readonly PastCall[] | "loading" | "none-kept";

/** The calls on this device, and a way to open one from a file. */
export function PastCalls({ calls, settings: store, onOpen }: Props) {
  const { settings } = useSettings(store);
  const [list, setList] = useState<Listed>("loading");
  const [said, say] = useState("");
  const history = useHistory(calls.history, setList);
  const open = (found: Promise<RecordedCall | null>) => {
    found.then(
      (call) => {
        if (call) onOpen(call);
        else say("This conversation is gone.");
      },
      (fault: unknown) => { say(wordsOf(fault)); },
    );
  };
  return (
    <div className="past-calls">
      <p className="hint">{KEPT[keepingOf(settings)]}</p>
      <CallList
        list={list}
        onOpen={(id) => { open(history((kept) => kept.load(id))); }}
        onForget={(id) => { void history((kept) => kept.deleteCall(id)); }}
      />
      <p className="hint" role="status">{said}</p>
      <div className="past-actions">
        <FileButton onFile={(file) => { open(readFile(file)); }} />
        {Array.isArray(list) && list.length > 0 && <ForgetAll count={list.length} onForget={() => { void history((kept) => kept.deleteAll()); }} />}
      </div>
    </div>
  );
}

const KEPT: Readonly<Record<Keeping, string>> = {
  device: "Your last 100 conversations are saved in this browser until you delete them. Change this in Settings, under Privacy.",
  page: "New conversations are kept until you close this page. Change this in Settings, under Privacy.",
  nowhere: "New conversations aren’t kept. Change this in Settings, under Privacy.",
};

/** Does something with the calls on this device, then lists them again. */
function useHistory(load: () => Promise<CallDatabase>, onListed: (list: Listed) => void) {
  const work = async <Result,>(what: (history: CallDatabase) => Promise<Result>): Promise<Result> => {
    const history = await load();
    const result = await what(history);
    onListed(await history.list());
    return result;
  };
  useEffect(() => {
    let gone = false;
    load()
      .then((history) => history.list())
      .then(
        (list) => { if (!gone) onListed(list); },
        (fault: unknown) => {
          console.warn("S2S: the past calls cannot be read.", fault);
          if (!gone) onListed("none-kept");
        },
      );
    return () => { gone = true; };
  }, [load, onListed]);
  return work;
}

function CallList({ list, onOpen, onForget }: { readonly list: Listed; readonly onOpen: (id: string) => void; readonly onForget: (id: string) => void }) {
  if (list === "loading") return <p className="hint">Loading…</p>;
  if (list === "none-kept") return <p className="hint">History isn’t available in private windows.</p>;
  if (list.length === 0) return <p className="hint">No conversations yet.</p>;
  return (
    <ul className="call-list" aria-label="History">
      {list.map((call) => (
        <li key={call.id}>
          <button type="button" className="call-entry" onClick={() => { onOpen(call.id); }}>
            <span className="call-words">{call.firstWords || "Untitled"}</span>
            <span className="hint">
              {dateOf(call.startedAt)} · {clock(call.durationMs)} · {(call.bytes / 1_000_000).toFixed(1)} MB
            </span>
          </button>
          <button type="button" className="button icon" aria-label={`Delete the conversation of ${dateOf(call.startedAt)}`} onClick={() => { onForget(call.id); }}>
            <Trash2 aria-hidden="true" />
          </button>
        </li>
      ))}
    </ul>
  );
}

/** Deletes at the second press. */
function ForgetAll({ count, onForget }: { readonly count: number; readonly onForget: () => void }) {
  const [asked, setAsked] = useState(false);
  return (
    <button
      type="button"
      className="button danger"
      onClick={() => {
        if (asked) onForget();
        setAsked(!asked);
      }}
      onBlur={() => { setAsked(false); }}
    >
      <Trash2 aria-hidden="true" />
      {asked ? `Delete all ${count}? This can’t be undone.` : "Delete all"}
    </button>
  );
}

function FileButton({ onFile }: { readonly onFile: (file: File) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" className="button" onClick={() => { input.current?.click(); }}>
        <FolderOpen aria-hidden="true" />
        Open a file
      </button>
      <input
        type="file"
        accept=".json,application/json"
        aria-label="A saved conversation"
        hidden
        ref={input}
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file) onFile(file);
          event.target.value = "";
        }}
      />
    </>
  );
}

async function readFile(file: File): Promise<RecordedCall> {
  if (file.size > MAX_FILE_BYTES) throw new FileFault("This file is too large. Choose a .s2s.json file that was downloaded here.");
  return parseCall(await file.text());
}

function wordsOf(fault: unknown): string {
  if (fault instanceof FileFault) return fault.message;
  console.error(fault);
  return "This conversation couldn’t be opened.";
}

function dateOf(startedAt: string): string {
  return new Date(startedAt).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}
