import { LogOut } from "lucide-react";
import { useSyncExternalStore } from "react";
import type { Conversation } from "../../app/geminiSession";
import { keepingOf, keptIn } from "../../state/settings";
import { Choice, Switch } from "../primitives/fields";
import { KeepSoundSwitch } from "../primitives/KeepSoundSwitch";
import { useSettings } from "../primitives/useSettings";
import { DeleteMine } from "./DeleteMine";

interface Props {
  readonly session: Pick<Conversation, "settings" | "signIn" | "deleteEverything">;
  readonly inCall: boolean;
}

/** What this page keeps of conversations, and how to be rid of it. */
export function KeptSettings({ session, inCall }: Props) {
  const { settings, change } = useSettings(session.settings);
  return (
    <>
      <Choice
        label="Keep conversations"
        hint="So you can replay, search or download them. On this device they stay until you delete them. Applies to your next conversation."
        value={keepingOf(settings)}
        options={[["device", "On this device"], ["page", "Until I close this page"], ["nowhere", "Don’t keep them"]]}
        onChange={(where) => { change(keptIn(where)); }}
      />
      <KeepSoundSwitch store={session.settings} />
      <Switch
        label="Resume after reload"
        hint="Reopen within a minute to pick up where you left off. Until then, the transcript stays in this tab."
        on={settings.resume}
        onChange={(resume) => { change({ resume }); }}
      />
      <SignOut signIn={session.signIn} />
      <DeleteMine session={session} inCall={inCall} />
    </>
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
      <p className="hint">Removes your key from this browser.</p>
    </div>
  );
}
