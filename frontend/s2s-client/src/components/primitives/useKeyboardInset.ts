import { useEffect, useState } from "react";

/** The address bar of a phone takes less than this share of the height, every keyboard on a screen more. */
const KEYBOARD_SHARE = 0.2;

/**
 * Whether a phone's keyboard covers the page. Style sheets find the height that it leaves in `--room`, for browsers that let
 * the keyboard lie over the page instead of making the page smaller, and scroll the page behind it.
 */
export function useKeyboardInset(): boolean {
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const view = window.visualViewport;
    if (!view) return;
    const root = document.documentElement;
    let [width, tallest] = [0, 0];
    const look = () => {
      // The page was turned.
      if (view.width !== width) [width, tallest] = [view.width, 0];
      tallest = Math.max(tallest, view.height);
      // Pinched, not covered.
      const covered = view.scale < 1.05 && isWriting() && view.height < tallest * (1 - KEYBOARD_SHARE);
      setOpen(covered);
      if (covered) root.style.setProperty("--room", `${view.height}px`);
      else root.style.removeProperty("--room");
      if (covered && view.offsetTop > 0) window.scrollTo(0, 0);
    };
    look();
    view.addEventListener("resize", look);
    view.addEventListener("scroll", look);
    document.addEventListener("focusin", look);
    return () => {
      view.removeEventListener("resize", look);
      view.removeEventListener("scroll", look);
      document.removeEventListener("focusin", look);
      root.style.removeProperty("--room");
    };
  }, []);
  return open;
}

function isWriting(): boolean {
  return document.activeElement?.matches("textarea, input:not([type=checkbox], [type=radio], [type=range])") ?? false;
}
