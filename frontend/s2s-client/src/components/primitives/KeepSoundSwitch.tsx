import { keptIn, type SettingsStore } from "../../state/settings";
import { Switch } from "./fields";
import { useSettings } from "./useSettings";

const LABEL = "Keep the sound of my conversations";

/** What a place says that would have sound, had it been kept. */
export const HOW_TO_KEEP_SOUND = `To keep it next time, turn on “${LABEL}” on the first screen or in Settings.`;

/** The one switch for sound: while it is off, no sound of a conversation is kept anywhere in the page. */
export function KeepSoundSwitch({ store }: { readonly store: SettingsStore }) {
  const { settings, change } = useSettings(store);
  return (
    <Switch
      label={LABEL}
      hint="Both voices are saved in this browser, so you can replay or download them. While this is off, no sound is kept."
      on={settings.record && settings.sound}
      onChange={(sound) => { change(sound && !settings.record ? { ...keptIn("device"), sound } : { sound }); }}
    />
  );
}
