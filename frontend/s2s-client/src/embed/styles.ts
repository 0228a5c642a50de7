/** The element's styles. In a shadow root: they change nothing of the page, and the page's rules do not apply. */
export const STYLES = `
:host {
  --ground: var(--s2s-ground, #ffffff);
  --ink: var(--s2s-ink, #17202b);
  --soft: var(--s2s-soft, #556172);
  --edge: var(--s2s-edge, #dce2ea);
  --voice: var(--s2s-accent, #4046c8);
  --on-voice: var(--s2s-on-accent, #ffffff);
  --person: var(--s2s-person, #0b7a75);
  --quiet: var(--s2s-quiet, #c3ccd8);
  --alert: var(--s2s-alert, #b3261e);
  display: block;
  box-sizing: border-box;
  max-width: 28rem;
}
:host([hidden]) { display: none; }
@media (prefers-color-scheme: dark) {
  :host {
    --ground: var(--s2s-ground, #141b24);
    --ink: var(--s2s-ink, #e8edf3);
    --soft: var(--s2s-soft, #9dabbb);
    --edge: var(--s2s-edge, #263140);
    --voice: var(--s2s-accent, #949bff);
    --on-voice: var(--s2s-on-accent, #0c1117);
    --person: var(--s2s-person, #4ccab8);
    --quiet: var(--s2s-quiet, #3a4757);
    --alert: var(--s2s-alert, #ff8f80);
  }
}
@media (prefers-contrast: more) {
  :host {
    --ink: var(--s2s-ink, #000000);
    --soft: var(--s2s-soft, #2b3440);
    --edge: var(--s2s-edge, #5c6673);
    --voice: var(--s2s-accent, #23279a);
    --person: var(--s2s-person, #004f4b);
    --quiet: var(--s2s-quiet, #5c6673);
    --alert: var(--s2s-alert, #7d0f0a);
  }
}
@media (prefers-contrast: more) and (prefers-color-scheme: dark) {
  :host {
    --ground: var(--s2s-ground, #000000);
    --ink: var(--s2s-ink, #ffffff);
    --soft: var(--s2s-soft, #d5dde6);
    --edge: var(--s2s-edge, #94a0b0);
    --voice: var(--s2s-accent, #c3c7ff);
    --on-voice: var(--s2s-on-accent, #000000);
    --person: var(--s2s-person, #86f0e0);
    --quiet: var(--s2s-quiet, #94a0b0);
    --alert: var(--s2s-alert, #ffb8ae);
  }
}
*, *::before { box-sizing: border-box; }
[hidden] { display: none !important; }
p { margin: 0; }
.agent {
  all: initial;
  display: flex;
  flex-direction: column;
  align-items: center;
  gap: 0.75rem;
  padding: 1.25rem;
  border: 1px solid var(--edge);
  border-radius: 14px;
  background: var(--ground);
  color: var(--ink);
  color-scheme: light dark;
  font: 1rem/1.5 var(--s2s-font, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", "DejaVu Sans", sans-serif);
}
.place { width: min(11rem, 60%); }
.wave { display: block; width: 100%; aspect-ratio: 1; }
.words { min-height: 3.2rem; text-align: center; text-wrap: balance; }
.headline { font-size: 1.1rem; font-weight: 650; }
.help { color: var(--soft); font-size: 0.9rem; }
.words.alert .headline { color: var(--alert); }
.controls { display: flex; flex-wrap: wrap; justify-content: center; gap: 0.5rem; }
button, input { font: inherit; color: inherit; }
button {
  min-height: 2.75rem;
  padding: 0.4rem 1rem;
  border: 1px solid var(--edge);
  border-radius: 999px;
  background: transparent;
  cursor: pointer;
}
button.primary { border-color: var(--voice); background: var(--voice); color: var(--on-voice); font-weight: 600; }
button.danger { border-color: var(--alert); color: var(--alert); }
button[aria-disabled="true"] { opacity: 0.55; cursor: default; }
button[aria-pressed="true"] { border-color: var(--person); box-shadow: inset 0 0 0 1px var(--person); }
.hold { touch-action: none; user-select: none; -webkit-user-select: none; }
:focus-visible { outline: 3px solid var(--voice); outline-offset: 2px; }
.transcript {
  align-self: stretch;
  max-height: 14rem;
  overflow-y: auto;
  overscroll-behavior: contain;
  padding-block: 0.25rem;
  display: flex;
  flex-direction: column;
  gap: 0.5rem;
  overflow-wrap: anywhere;
}
.transcript:empty { display: none; }
.who { font-weight: 650; color: var(--voice); }
.person .who { color: var(--person); }
.interim .said, .tool .said, .notice .said { color: var(--soft); }
.line.alert .said { color: var(--alert); }
.unheard { color: var(--soft); }
.text { align-self: stretch; display: flex; gap: 0.5rem; }
.text input {
  flex: 1;
  min-width: 0;
  min-height: 2.75rem;
  padding: 0.4rem 1rem;
  border: 1px solid var(--soft);
  border-radius: 999px;
  background: transparent;
}
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (forced-colors: active) {
  :host {
    --ink: CanvasText;
    --soft: CanvasText;
    --voice: Highlight;
    --person: CanvasText;
    --quiet: GrayText;
    --alert: CanvasText;
  }
  button.primary { border-width: 2px; }
  .wave { forced-color-adjust: none; }
}
`;

/** Adds the styles. A constructed style sheet is allowed by any Content-Security-Policy; older browsers get a style element. */
export function dress(root: ShadowRoot): void {
  if ("adoptedStyleSheets" in root) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLES);
    root.adoptedStyleSheets = [sheet];
    return;
  }
  const style = document.createElement("style");
  style.textContent = STYLES;
  (root as ShadowRoot).prepend(style);
}
