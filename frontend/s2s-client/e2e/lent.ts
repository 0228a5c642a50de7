/* eslint no-empty-pattern: ["error", { "allowObjectPatternsAsParameters": true }] -- Playwright reads from the pattern what a fixture needs. */

/** A fixture that needs no other: opened for the stories, and closed behind them. */
export function lent<T extends { close(): void }>(open: () => Promise<T>) {
  return async ({}, provide: (it: T) => Promise<void>): Promise<void> => {
    const it = await open();
    await provide(it);
    it.close();
  };
}
