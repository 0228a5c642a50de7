import { useSyncExternalStore } from "react";
import type { SettingsStore } from "../../state/settings";

/** The person's settings, and the way to change them. */
export function useSettings(store: SettingsStore) {
  return { settings: useSyncExternalStore(store.subscribe, store.getSnapshot), change: store.change };
}
