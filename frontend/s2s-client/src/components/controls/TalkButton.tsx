import { Mic } from "lucide-react";
import { useEffect, useRef } from "react";

interface Props {
  readonly talking: boolean;
  readonly disabled: boolean;
  readonly onTalk: (down: boolean) => void;
}

/** Held by finger, mouse, or by Space or Enter while it has the focus. Whatever takes the hold away ends it. */
export function TalkButton({ talking, disabled, onTalk }: Props) {
  const held = useRef(false);
  const button = useFocusOfBar();
  const set = (down: boolean) => {
    if (held.current === down || (down && disabled)) return;
    held.current = down;
    onTalk(down);
  };
  useEffect(() => {
    const release = () => {
      if (!held.current) return;
      held.current = false;
      onTalk(false);
    };
    const onHidden = () => {
      if (document.hidden) release();
    };
    window.addEventListener("blur", release);
    document.addEventListener("visibilitychange", onHidden);
    return () => {
      window.removeEventListener("blur", release);
      document.removeEventListener("visibilitychange", onHidden);
    };
  }, [onTalk]);
  return (
    <button
      type="button"
      ref={button}
      className="button talk-button"
      aria-pressed={talking}
      aria-disabled={disabled}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        set(true);
      }}
      onPointerUp={() => { set(false); }}
      onPointerCancel={() => { set(false); }}
      onLostPointerCapture={() => { set(false); }}
      onContextMenu={(event) => { event.preventDefault(); }}
      onKeyDown={(event) => {
        if (event.key === "Enter" || event.key === " ") {
          event.preventDefault();
          set(true);
        }
      }}
      onKeyUp={(event) => {
        if (event.key === "Enter" || event.key === " ") set(false);
      }}
      onBlur={() => { set(false); }}
      // A screen reader sends plain clicks: the first one begins, the next one ends.
      onClick={(event) => {
        if (event.detail === 0) set(!held.current);
      }}
    >
      <Mic aria-hidden="true" />
      {talking ? "Listening to you" : "Hold to talk"}
    </button>
  );
}

/** The keyboard stands on the bar when a call has begun (see CallControls). On the button its keys talk. */
function useFocusOfBar() {
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    const self = button.current;
    if (self && document.activeElement === self.parentElement) self.focus({ preventScroll: true });
  }, []);
  return button;
}
