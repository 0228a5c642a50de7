import type { Conversation } from "../../app/geminiSession";
import { Choice } from "../primitives/fields";
import { LevelMeter } from "../primitives/LevelMeter";
import { useSettings } from "../primitives/useSettings";
import { readLevel } from "../settings/microphoneTest";
import { deviceChoices, useDevices, useMicrophoneTest } from "../settings/useDevices";

interface Props {
  readonly session: Pick<Conversation, "settings" | "readMicrophone">;
  readonly inCall: boolean;
}

/** Which microphone, and whether it hears. Outside a call it is open as long as this is shown. Fetched when it is opened. */
export default function MicrophoneMenu({ session, inCall }: Props) {
  const { settings, change } = useSettings(session.settings);
  const { microphone, problem } = useMicrophoneTest(settings.microphone, !inCall);
  const { microphones } = useDevices(microphone);
  const read = inCall ? session.readMicrophone : microphone?.read;
  return (
    <>
      {microphones.length > 0 && (
        <Choice
          label="Microphone"
          value={settings.microphone}
          options={deviceChoices(microphones, settings.microphone)}
          onChange={(id) => { change({ microphone: id }); }}
        />
      )}
      {read && <LevelMeter label="Mic level" read={() => readLevel(read)} />}
      <p role="status" className="hint">
        {problem || (read ? "Say something: the bar moves when you’re heard." : "Choose “Allow” in your browser’s prompt.")}
      </p>
    </>
  );
}
