import type { SettingsStore } from "../../state/settings";
import { Switch } from "../primitives/fields";
import { KeepSoundSwitch } from "../primitives/KeepSoundSwitch";
import { useSettings } from "../primitives/useSettings";

/** What this page keeps of conversations. */
export function KeptSettings({ store }: { readonly store: SettingsStore }) {
  const { settings, change } = useSettings(store);
  return (
    <fieldset>
      <legend>What is kept</legend>
      <Switch
        label="Record of the call"
        hint="The words of a call are held in this page while it lasts, to be downloaded and looked at. From the next call on."
        on={settings.record}
        onChange={(record) => { change({ record }); }}
      />
      <KeepSoundSwitch store={store} />
      <Switch
        label="Keep past calls"
        hint="Calls that are over stay on this device, until you delete them under “Past calls”."
        on={settings.history}
        onChange={(history) => { change({ history }); }}
      />
      <Switch
        label="Come back after a reload"
        hint="A page that is reloaded goes on with its conversation. Until that ends, its words are kept in this tab."
        on={settings.resume}
        onChange={(resume) => { change({ resume }); }}
      />
    </fieldset>
  );
}
