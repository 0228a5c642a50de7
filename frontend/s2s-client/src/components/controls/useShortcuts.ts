import { useEffect, useRef } from "react";
import { type Command, commandOf, takesSpace, takesText } from "./shortcuts";

interface Keys {
  readonly letters: boolean;
  /** Push-to-talk is on: the space key talks. */
  readonly space: boolean;
  readonly onCommand: (command: Command) => void;
  readonly onTalk: (down: boolean) => void;
}

/** The page's keys. A key that is let go elsewhere, in another window or tab, counts as let go. */
export function useShortcuts(keys: Keys): void {
  const now = useRef(keys);
  useEffect(() => {
    now.current = keys;
  });
  useEffect(() => {
    const stop = new AbortController();
    const { signal } = stop;
    let held = false;
    let tabbed = false;
    const release = () => {
      if (held) now.current.onTalk(false);
      held = false;
    };
    const onDown = (event: KeyboardEvent) => {
      if (event.key === "Tab") tabbed = true;
      if (document.querySelector("dialog[open]")) return;
      const { letters, space, onCommand, onTalk } = now.current;
      if (event.key === " " && space && (held || !takesSpace(event.target, tabbed))) {
        event.preventDefault();
        if (!held) onTalk((held = true));
        return;
      }
      if (takesText(event.target)) return;
      // It closes what is open, and does not interrupt the AI.
      if (event.key === "Escape" && document.querySelector("[data-escapes]")) return;
      const command = commandOf(event, letters);
      if (command) onCommand(command);
    };
    const onUp = (event: KeyboardEvent) => {
      if (event.key !== " " || !held) return;
      // A focused button would be clicked by the key's end.
      event.preventDefault();
      release();
    };
    const onHidden = () => {
      if (document.hidden) release();
    };
    window.addEventListener("keydown", onDown, { signal, capture: true });
    window.addEventListener("keyup", onUp, { signal, capture: true });
    window.addEventListener("pointerdown", () => { tabbed = false; }, { signal, capture: true });
    window.addEventListener("blur", release, { signal });
    document.addEventListener("visibilitychange", onHidden, { signal });
    return () => {
      stop.abort();
      release();
    };
  }, []);
}
