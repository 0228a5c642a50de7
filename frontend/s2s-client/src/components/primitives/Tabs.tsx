import { type ComponentType, type KeyboardEvent, type ReactNode, useId, useRef, useState } from "react";

export interface Tab {
  readonly name: string;
  readonly Icon: ComponentType<{ "aria-hidden": "true" }>;
  readonly panel: () => ReactNode;
}

/** Which tab a key leads to, by its place; null for any other key. */
function placeFor(key: string, at: number, count: number): number | null {
  switch (key) {
    case "ArrowRight":
    case "ArrowDown":
      return (at + 1) % count;
    case "ArrowLeft":
    case "ArrowUp":
      return (at - 1 + count) % count;
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return null;
  }
}

/** Groups of which one is shown; the arrow keys lead from one to the next (WAI-ARIA, tabs). */
export function Tabs({ label, tabs }: { readonly label: string; readonly tabs: readonly Tab[] }) {
  const [at, show] = useState(0);
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const shown = tabs[at];
  const onKeyDown = (event: KeyboardEvent) => {
    const mirrored = getComputedStyle(event.currentTarget).direction === "rtl";
    const key = mirrored ? (MIRRORED[event.key] ?? event.key) : event.key;
    const next = placeFor(key, at, tabs.length);
    if (next === null) return;
    event.preventDefault();
    show(next);
    list.current?.querySelectorAll<HTMLElement>("[role=tab]")[next]?.focus();
  };
  return (
    <>
      <div className="tabs" role="tablist" aria-label={label} ref={list} onKeyDown={onKeyDown}>
        {tabs.map(({ name, Icon }, place) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`${id}-tab-${place}`}
            aria-selected={place === at}
            {...(place === at && { "aria-controls": `${id}-panel` })}
            tabIndex={place === at ? 0 : -1}
            onClick={() => { show(place); }}
          >
            <Icon aria-hidden="true" />
            {name}
          </button>
        ))}
      </div>
      <div className="tab-panel" role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-tab-${at}`} key={at}>
        {shown?.panel()}
      </div>
    </>
  );
}

const MIRRORED: Readonly<Record<string, string>> = { ArrowLeft: "ArrowRight", ArrowRight: "ArrowLeft" };
