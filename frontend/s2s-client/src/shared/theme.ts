/** The page's colors: the system's choice, or the user's own. */

export type Theme = "system" | "light" | "dark";

/** As in tokens.css; the browser's own bars take them. */
const GROUNDS = { light: "#f5f7fa", dark: "#0c1117" } as const;

/** Applies the theme to the whole page. */
export function applyTheme(theme: Theme): void {
  const { documentElement: page } = document;
  if (theme === "system") delete page.dataset["theme"];
  else page.dataset["theme"] = theme;
  for (const bar of document.querySelectorAll<HTMLMetaElement>("meta[name=theme-color]")) {
    const own = bar.getAttribute("media")?.includes("dark") ? "dark" : "light";
    bar.content = GROUNDS[theme === "system" ? own : theme];
  }
}

/** Calls the listener when another theme was applied. Returns a function that unsubscribes. */
export function onThemeChanged(listener: () => void): () => void {
  const watch = new MutationObserver(listener);
  watch.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  return () => {
    watch.disconnect();
  };
}
