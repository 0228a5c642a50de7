import { AudioLines, Copy, Download, Search } from "lucide-react";
import { lazy, type RefObject, Suspense, useState } from "react";
import { textOf, type Line } from "../../state/transcript";

const SearchField = lazy(() => import("./SearchField"));

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
      () => { say("Your browser doesn’t allow copying. Download the transcript instead."); },
    );
  };
  if (searching && captions) {
    return (
      <div className="bar">
        <Suspense>
          <SearchField
            lines={lines}
            list={list}
            onClose={() => {
              setSearching(false);
              setSearched(true);
            }}
          />
        </Suspense>
      </div>
    );
  }
  return (
    <div className="bar" role="group" aria-label="Transcript actions">
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
          <button type="button" className="button icon" aria-label="Timeline" aria-haspopup="dialog" title="Timeline" onClick={onTimeline}>
            <AudioLines aria-hidden="true" />
          </button>
        </>
      )}
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
