/** Which key means what, and where a key belongs to the control that has the focus. Pure. */

export type Command = "mute" | "interrupt" | "captions" | "settings" | "help" | "louder" | "quieter";

export const SHORTCUTS: readonly { readonly keys: string; readonly does: string }[] = [
  { keys: "Space (hold)", does: "Push to talk" },
  { keys: "Esc", does: "Interrupt the AI" },
  { keys: "M", does: "Mute or unmute" },
  { keys: "C", does: "Captions on or off" },
  { keys: "+ / −", does: "Volume up, down" },
  { keys: "S", does: "Settings" },
  { keys: "?", does: "Show shortcuts" },
];

const LETTERS: Readonly<Record<string, Command>> = {
  m: "mute",
  c: "captions",
  s: "settings",
  "?": "help",
  "+": "louder",
  "=": "louder",
  "-": "quieter",
};

type Key = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "repeat">;

/** `letters`: whether single keys are wished. Keys with Ctrl, Alt or the like belong to the browser. */
export function commandOf(event: Key, letters: boolean): Command | null {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return null;
  if (event.key === "Escape") return "interrupt";
  return letters ? (LETTERS[event.key.toLowerCase()] ?? null) : null;
}

/** Text is typed there: every key is a letter. */
export function takesText(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !["checkbox", "radio", "button", "range"].includes(target.type);
}

/** The space key presses this control: text is typed there, or the person went there by Tab (`tabbed`) and not by chance. */
export function takesSpace(target: EventTarget | null, tabbed: boolean): boolean {
  if (takesText(target)) return true;
  return tabbed && target instanceof HTMLElement && target.matches("button, input, a, summary");
}
