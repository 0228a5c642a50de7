import { AudioLines, ChevronDown, ChevronUp, Copy, Download, Search, X } from "lucide-react";
import { type RefObject, useEffect, useState, useSyncExternalStore } from "react";
import { textOf, type Line } from "../../state/transcript";
import { TextSearch } from "./textSearch";

interface Props {
  readonly lines: readonly Line[];
  /** Where the lines stand; null while captions are off. */
  readonly list: RefObject<HTMLElement | null>;
  readonly captions: boolean;
  /** There is a record of this call. */
  readonly recorded: boolean;
  readonly onDownload: () => void;
  readonly onTimeline: () => void;
}

/** What can be done with the words: search, copy, download, and the call as a line. */
export function TranscriptToolbar({ lines, list, captions, recorded, onDownload, onTimeline }: Props) {
  const [searching, setSearching] = useState(false);
  const [said, say] = useState("");
  const [searched, setSearched] = useState(false);
  const copy = () => {
    copyText(plainText(lines)).then(
      () => { say("Copied"); },
      () => { say("The browser does not let this page copy. Download the words instead."); },
    );
  };
  if (searching && captions) {
    return (
      <div className="bar">
        <SearchField
          lines={lines}
          list={list}
          onClose={() => {
            setSearching(false);
            setSearched(true);
          }}
        />
      </div>
    );
  }
  return (
    <div className="bar" role="group" aria-label="What can be done with the words">
      <p className="bar-said" role="status">{said}</p>
      {captions && (
        <button type="button" className="button icon" aria-label="Search the transcript" title="Search" ref={searched ? focus : null} onClick={() => { setSearching(true); }}>
          <Search aria-hidden="true" />
        </button>
      )}
      <button type="button" className="button icon" aria-label="Copy the transcript" title="Copy" onClick={copy}>
        <Copy aria-hidden="true" />
      </button>
      {recorded && (
        <>
          <button type="button" className="button icon" aria-label="Download" aria-haspopup="dialog" title="Download" onClick={onDownload}>
            <Download aria-hidden="true" />
          </button>
          <button type="button" className="button icon" aria-label="Time line" aria-haspopup="dialog" title="Time line" onClick={onTimeline}>
            <AudioLines aria-hidden="true" />
          </button>
        </>
      )}
    </div>
  );
}

function SearchField({ lines, list, onClose }: Pick<Props, "lines" | "list"> & { readonly onClose: () => void }) {
  const [finder] = useState(() => new TextSearch());
  const [query, setQuery] = useState("");
  const { count, at } = useSyncExternalStore(finder.subscribe, finder.getSnapshot);
  useEffect(() => {
    finder.search(list.current, query);
  }, [finder, list, lines, query]);
  useEffect(() => () => { finder.search(null, ""); }, [finder]);
  return (
    <div className="search" role="search">
      <input
        type="text"
        name="search"
        aria-label="Search the transcript"
        placeholder="Search"
        value={query}
        // Opened by the person's own press: the field is what they want.
        ref={focus}
        onChange={(event) => { setQuery(event.target.value); }}
        onKeyDown={(event) => {
          if (event.key === "Enter") finder.moveSelection(event.shiftKey ? -1 : 1);
          if (event.key === "Escape") onClose();
        }}
      />
      <span className="count" role="status">{query === "" ? "" : count === 0 ? "None" : `${at} of ${count}`}</span>
      <button type="button" className="button icon" aria-label="Previous match" disabled={count === 0} onClick={() => { finder.moveSelection(-1); }}>
        <ChevronUp aria-hidden="true" />
      </button>
      <button type="button" className="button icon" aria-label="Next match" disabled={count === 0} onClick={() => { finder.moveSelection(1); }}>
        <ChevronDown aria-hidden="true" />
      </button>
      <button type="button" className="button icon" aria-label="End the search" onClick={onClose}>
        <X aria-hidden="true" />
      </button>
    </div>
  );
}

const focus = (element: HTMLElement | null): void => {
  element?.focus();
};

async function copyText(text: string): Promise<void> {
  await navigator.clipboard.writeText(text);
}

/** As it stands on the screen: what was cut ends in dots. */
function plainText(lines: readonly Line[]): string {
  return lines.flatMap((line) => (line.kind === "person" || line.kind === "answer" ? [spoken(line)] : [])).join("\n");
}

function spoken(line: Extract<Line, { kind: "person" | "answer" }>): string {
  if (line.kind === "person") return `You: ${line.text.trim()}`;
  const text = textOf(line);
  const cut = line.heardChars !== null && line.heardChars < text.length;
  return `AI: ${text.slice(0, line.heardChars ?? text.length).trim()}${cut ? "…" : ""}`;
}
