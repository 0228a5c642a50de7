import { LogOut } from "lucide-react";
import { useSyncExternalStore } from "react";
import type { Conversation } from "../../app/geminiSession";
import { DeleteMine } from "./DeleteMine";
import { Switch } from "../primitives/fields";
import { KeepSoundSwitch } from "../primitives/KeepSoundSwitch";
import { useSettings } from "../primitives/useSettings";

interface Props {
  readonly session: Pick<Conversation, "settings" | "signIn" | "deleteEverything">;
  readonly inCall: boolean;
}

/** What this page keeps of conversations, and how to be rid of it. */
export function KeptSettings({ session, inCall }: Props) {
  const { settings, change } = useSettings(session.settings);
  return (
    <fieldset>
      <legend>What is kept</legend>
      <Switch
        label="Record of the call"
        hint="The words of a call are held in this page while it lasts, to be downloaded and looked at. From the next call on."
        on={settings.record}
        onChange={(record) => { change({ record }); }}
      />
      <KeepSoundSwitch store={session.settings} />
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
      <SignOut signIn={session.signIn} />
      <DeleteMine session={session} inCall={inCall} />
    </fieldset>
  );
}

/** There where the page has a key or token. */
function SignOut({ signIn }: Pick<Props["session"], "signIn">) {
  useSyncExternalStore(signIn.subscribe, signIn.getSnapshot);
  if (!signIn.hasToken) return null;
  return (
    <div className="sign-out">
      <button type="button" className="button" onClick={() => void signIn.signOut()}>
        <LogOut aria-hidden="true" />
        Sign out
      </button>
      <p className="hint">Forgets the key or token that this page holds.</p>
    </div>
  );
}
