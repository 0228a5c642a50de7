import { X } from "lucide-react";
import { type ReactNode, useEffect, useId, useRef } from "react";

interface Props {
  readonly title: string;
  readonly onClose: () => void;
  /** As wide as the window. */
  readonly wide?: boolean;
  readonly children: ReactNode;
}

/** The browser's own modal: focus stays inside, Escape closes it, and the focus goes back to where it was. */
export function Dialog({ title, onClose, wide = false, children }: Props) {
  const element = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const dialog = element.current;
    if (dialog && !dialog.open) dialog.showModal();
  }, []);
  return (
    <dialog
      className="dialog"
      data-wide={wide}
      aria-labelledby={titleId}
      ref={element}
      onClose={onClose}
      onClick={(event) => {
        // The backdrop is the dialog itself; what it holds is in the box.
        if (event.target === element.current) element.current.close();
      }}
    >
      <div className="dialog-box">
        <header className="dialog-head">
          <h2 id={titleId}>{title}</h2>
          <button type="button" className="button icon" aria-label="Close" onClick={() => element.current?.close()}>
            <X aria-hidden="true" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
