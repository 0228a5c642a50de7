import { type ReactNode, useEffect, useId, useRef, useState } from "react";

interface Props {
  /** Of the button, and of what it opens. */
  readonly label: string;
  /** What the button shows. */
  readonly face: ReactNode;
  readonly className: string;
  readonly title?: string;
  /** Rendered while it is open only. */
  readonly children: ReactNode;
}

/** A button, and what it opens above itself. Closed by Escape, by a press outside, and when the focus leaves it. */
export function Menu({ label, face, className, title, children }: Props) {
  const [open, setOpen] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  useEffect(() => {
    if (!open) return;
    const gone = new AbortController();
    const onPress = (event: PointerEvent) => {
      if (event.target instanceof Node && !place.current?.contains(event.target)) setOpen(false);
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      setOpen(false);
      button.current?.focus();
    };
    window.addEventListener("pointerdown", onPress, { signal: gone.signal, capture: true });
    window.addEventListener("keydown", onKey, { signal: gone.signal, capture: true });
    return () => {
      gone.abort();
    };
  }, [open]);
  return (
    <div
      className="menu-place"
      ref={place}
      // Escape closes this and interrupts nothing.
      {...(open && { "data-escapes": true })}
      onBlur={({ relatedTarget }) => {
        if (relatedTarget instanceof Node && !place.current?.contains(relatedTarget)) setOpen(false);
      }}
    >
      <button
        type="button"
        className={`button ${className}`}
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        title={title}
        ref={button}
        onClick={() => {
          setOpen(!open);
        }}
      >
        {face}
      </button>
      {open && (
        <div className="menu" role="group" aria-label={label} id={id}>
          {children}
        </div>
      )}
    </div>
  );
}
