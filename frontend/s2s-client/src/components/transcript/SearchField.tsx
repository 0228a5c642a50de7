import { ChevronDown, ChevronUp, X } from "lucide-react";
import { type RefObject, useEffect, useState, useSyncExternalStore } from "react";
import type { Line } from "../../state/transcript";
import { TextSearch } from "./textSearch";

interface Props {
  readonly lines: readonly Line[];
  readonly list: RefObject<HTMLElement | null>;
  readonly onClose: () => void;
}

/** Searches the lines on the screen. Loaded when it is opened. */
export default function SearchField({ lines, list, onClose }: Props) {
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
      <button type="button" className="button icon" aria-label="Close search" onClick={onClose}>
        <X aria-hidden="true" />
      </button>
    </div>
  );
}

const focus = (element: HTMLElement | null): void => {
  element?.focus();
};
