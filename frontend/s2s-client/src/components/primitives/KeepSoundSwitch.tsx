import type { SettingsStore } from "../../state/settings";
import { Switch } from "./fields";
import { useSettings } from "./useSettings";

const LABEL = "Keep the sound of my conversations";

/** What a place says that would have sound, had it been kept. */
export const HOW_TO_KEEP_SOUND = `To keep it from the next call on, switch on “${LABEL}” on the first screen or in the settings.`;

/** The one switch for sound: while it is off, no sound of a conversation is kept anywhere in the page. */
export function KeepSoundSwitch({ store }: { readonly store: SettingsStore }) {
  const { settings, change } = useSettings(store);
  return (
    <Switch
      label={LABEL}
      hint="Both voices stay in this browser, to be heard again and downloaded. While this is off, no sound is kept."
      on={settings.record && settings.sound}
      onChange={(sound) => { change(sound ? { sound, record: true } : { sound }); }}
    />
  );
}
