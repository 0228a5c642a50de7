import { useState } from "react";
import type { Conversation } from "../../app/geminiSession";
import type { Settings } from "../../state/settings";
import { Choice } from "../primitives/fields";
import { LevelMeter } from "../primitives/LevelMeter";
import { readLevel } from "./microphoneTest";
import { deviceChoices, useDevices, useMicrophoneTest } from "./useDevices";

interface Props {
  readonly settings: Settings;
  readonly change: (changes: Partial<Settings>) => void;
  readonly session: Pick<Conversation, "readMicrophone">;
  readonly inCall: boolean;
}

/** Which microphone, and how loud it is: in a call that of the call, else one that is opened when this is asked for. */
export function MicrophonePicker({ settings, change, session, inCall }: Props) {
  const { microphones } = useDevices();
  return (
    <>
      {microphones.length > 0 ? (
        <Choice
          label="Microphone"
          value={settings.microphone}
          options={deviceChoices(microphones, settings.microphone)}
          onChange={(microphone) => { change({ microphone }); }}
        />
      ) : (
        <p className="hint">Allow mic access to see your devices.</p>
      )}
      {inCall ? <LevelMeter label="Mic level" read={() => readLevel(session.readMicrophone)} /> : <TestRow id={settings.microphone} />}
    </>
  );
}

/** Outside a call the microphone is only opened when this is asked for, and closed with the panel. */
function TestRow({ id }: { readonly id: string }) {
  const [wanted, setWanted] = useState(false);
  const { microphone, problem } = useMicrophoneTest(id, wanted);
  return (
    <div className="test-row">
      <button type="button" className="button" aria-pressed={microphone !== null} onClick={() => { setWanted(!wanted); }}>
        {microphone ? "Stop the test" : "Test microphone"}
      </button>
      {microphone && <LevelMeter label="Mic level" read={() => readLevel(microphone.read)} />}
      <p role="status" className="hint">
        {problem}
      </p>
    </div>
  );
}
