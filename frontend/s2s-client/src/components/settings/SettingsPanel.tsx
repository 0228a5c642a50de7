import { Bot, MessagesSquare, Mic, Monitor, Network, Shield } from "lucide-react";
import { flushSync } from "react-dom";
import type { Conversation } from "../../app/geminiSession";
import { needsNewSession, type Settings } from "../../state/settings";
import { Dialog } from "../primitives/Dialog";
import { Choice, Switch } from "../primitives/fields";
import { Tabs } from "../primitives/Tabs";
import { useSettings } from "../primitives/useSettings";
import { AiSettings } from "./AiSettings";
import { KeptSettings } from "./KeptSettings";
import { MicrophonePicker } from "./MicrophonePicker";
import { SpeakerPicker } from "./SpeakerPicker";
import { useOffers } from "./useOffers";

interface Props {
  readonly session: Pick<Conversation, "settings" | "offers" | "voiceSample" | "readMicrophone" | "readVoice" | "signIn" | "deleteEverything" | "end" | "goOn">;
  /** With which settings the running conversation began; null without one. */
  readonly running: Settings | null;
  readonly onClose: () => void;
}

/** Everything one can choose, in groups. Each change is kept at once. */
export default function SettingsPanel({ session, running, onClose }: Props) {
  const { settings, change } = useSettings(session.settings);
  const offers = useOffers(session.offers);
  const inCall = running !== null;
  const waits = running !== null && needsNewSession(running, settings);
  const part = { settings, change };
  const restart = () => {
    // The page has to see the end: the settings of a conversation are those with which it begins.
    flushSync(session.end);
    onClose();
    void session.goOn();
  };
  return (
    <Dialog title="Settings" onClose={onClose}>
      <Tabs
        label="Settings"
        tabs={[
          { name: "Devices", Icon: Mic, panel: () => <DeviceSettings {...part} session={session} inCall={inCall} /> },
          { name: "AI", Icon: Bot, panel: () => <AiSettings {...part} offers={offers} inCall={inCall} load={session.voiceSample} /> },
          { name: "Conversation", Icon: MessagesSquare, panel: () => <TurnSettings {...part} /> },
          { name: "Display", Icon: Monitor, panel: () => <DisplaySettings {...part} /> },
          { name: "Privacy", Icon: Shield, panel: () => <KeptSettings session={session} inCall={inCall} /> },
          { name: "Advanced", Icon: Network, panel: () => <AdvancedSettings {...part} /> },
        ]}
      />
      <div className="settings-note">
        <p className="hint" role="status">
          {waits ? "Some changes apply to your next conversation." : "Saved on this device only."}
        </p>
        {waits && (
          <button type="button" className="button" onClick={restart}>
            Restart now
          </button>
        )}
      </div>
    </Dialog>
  );
}

interface Part {
  readonly settings: Settings;
  readonly change: (changes: Partial<Settings>) => void;
}

function DeviceSettings({ settings, change, session, inCall }: Part & { readonly session: Props["session"]; readonly inCall: boolean }) {
  return (
    <>
      <MicrophonePicker settings={settings} change={change} session={session} inCall={inCall} />
      <SpeakerPicker settings={settings} change={change} session={session} inCall={inCall} />
      <Switch
        label="Speaker mode"
        hint="Turns the mic off while the AI talks. Use this if the AI hears itself through your speakers."
        on={settings.speakerMode}
        onChange={(speakerMode) => { change({ speakerMode }); }}
      />
      <div role="group" aria-label="Mic processing">
        <p className="group-label">Mic processing</p>
        <Switch
          label="Echo cancellation"
          hint="Removes the AI’s voice from what your mic picks up. Turn it off only with headphones."
          on={settings.echoCancellation}
          onChange={(echoCancellation) => { change({ echoCancellation }); }}
        />
        <Switch
          label="Noise suppression"
          hint="Filters out fans, keyboards and traffic."
          on={settings.noiseSuppression}
          onChange={(noiseSuppression) => { change({ noiseSuppression }); }}
        />
        <Switch
          label="Automatic volume"
          hint="Evens out how loud you sound."
          on={settings.autoGain}
          onChange={(autoGain) => { change({ autoGain }); }}
        />
      </div>
    </>
  );
}

function TurnSettings({ settings, change }: Part) {
  return (
    <>
      <Choice
        label="Turn-taking"
        value={settings.turnTaking}
        options={[["automatic", "Automatic: replies when you pause"], ["push-to-talk", "Push to talk: hold Space or the button"]]}
        onChange={(turnTaking) => { change({ turnTaking }); }}
      />
      <Choice
        label="Mic sensitivity"
        hint="On High, the AI also waits a little longer before it replies."
        value={settings.sensitivity}
        options={[["low", "Low (noisy room)"], ["normal", "Normal"], ["high", "High (quiet voice)"]]}
        onChange={(sensitivity) => { change({ sensitivity }); }}
      />
      <Switch
        label="Lower the AI’s volume when I talk"
        hint="It comes back up if it was just noise."
        on={settings.bargeIn}
        onChange={(bargeIn) => { change({ bargeIn }); }}
      />
      <Choice
        label="Sounds and vibration"
        hint="Short signals when a conversation starts, when it’s your turn, when you interrupt, and at the end."
        value={settings.cues}
        options={[["automatic", "Automatic: all on a phone, start and end elsewhere"], ["all", "All"], ["off", "None"]]}
        onChange={(cues) => { change({ cues }); }}
      />
      <Switch
        label="Remind me when I talk while muted"
        hint="Your mic level is checked in this browser. Nothing is sent or recorded."
        on={settings.mutedReminder}
        onChange={(mutedReminder) => { change({ mutedReminder }); }}
      />
    </>
  );
}

function DisplaySettings({ settings, change }: Part) {
  return (
    <>
      <Choice
        label="Theme"
        value={settings.theme}
        options={[["system", "Same as system"], ["light", "Light"], ["dark", "Dark"]]}
        onChange={(theme) => { change({ theme }); }}
      />
      <Choice
        label="Caption size"
        value={settings.captionSize}
        options={[["small", "Small"], ["normal", "Normal"], ["large", "Large"]]}
        onChange={(captionSize) => { change({ captionSize }); }}
      />
      <Switch
        label="Single-key shortcuts"
        hint="M, C, S and ?. Esc and Space always work."
        on={settings.shortcuts}
        onChange={(shortcuts) => { change({ shortcuts }); }}
      />
    </>
  );
}

function AdvancedSettings({ settings, change }: Part) {
  return (
    <>
      <Choice
        label="Connection"
        value={settings.transport}
        options={[["automatic", "Automatic"], ["websocket", "WebSocket only"]]}
        onChange={(transport) => { change({ transport }); }}
      />
      <Choice
        label="On a bad network"
        hint="Fewer gaps means slightly later answers and twice the data."
        value={settings.robustness}
        options={[["automatic", "Balanced"], ["low-latency", "Fastest answers"], ["robust", "Fewest gaps"]]}
        onChange={(robustness) => { change({ robustness }); }}
      />
      <Choice
        label="Data usage"
        value={settings.dataUse}
        options={[["automatic", "Compress audio on a slow network"], ["save", "Always compress audio"], ["full", "Never compress audio"]]}
        onChange={(dataUse) => { change({ dataUse }); }}
      />
    </>
  );
}
