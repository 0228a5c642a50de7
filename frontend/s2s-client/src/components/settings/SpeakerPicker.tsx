import type { Conversation } from "../../app/geminiSession";
import { canChooseLoudspeaker } from "../../services/media/devices";
import type { Settings } from "../../state/settings";
import { Choice } from "../primitives/fields";
import { LevelMeter } from "../primitives/LevelMeter";
import { VolumeSlider } from "../primitives/VolumeSlider";
import { readLevel } from "./microphoneTest";
import { playTestTone } from "./soundPlayer";
import { deviceChoices, useDevices } from "./useDevices";
import { useSound } from "./useSound";

interface Props {
  readonly settings: Settings;
  readonly change: (changes: Partial<Settings>) => void;
  readonly session: Pick<Conversation, "readVoice">;
  readonly inCall: boolean;
}

/** Which speaker, where the browser lets a page choose; how loud it is; and a test of it. */
export function SpeakerPicker({ settings, change, session, inCall }: Props) {
  const { loudspeakers } = useDevices();
  return (
    <>
      {canChooseLoudspeaker() && loudspeakers.length > 0 && (
        <Choice
          label="Speaker"
          value={settings.loudspeaker}
          options={deviceChoices(loudspeakers, settings.loudspeaker)}
          onChange={(loudspeaker) => { change({ loudspeaker }); }}
        />
      )}
      <VolumeSlider labelled volume={settings.volume} onChange={(volume) => { change({ volume }); }} />
      {inCall && <LevelMeter label="Voice level" read={() => readLevel(session.readVoice)} />}
      <ToneRow key={settings.loudspeaker} settings={settings} />
    </>
  );
}

/** A user who hears nothing has chosen another speaker than they think. */
function ToneRow({ settings }: Pick<Props, "settings">) {
  const { state, problem, play, stop } = useSound(settings);
  const sounds = typeof state === "object";
  return (
    <div className="test-row">
      <button type="button" className="button" aria-pressed={sounds} onClick={sounds ? stop : () => void play(playTestTone)}>
        {sounds ? "Stop the sound" : "Test speakers"}
      </button>
      {sounds && <LevelMeter label="Speaker level" read={() => readLevel(state.read)} />}
      <p role="status" className="hint">
        {problem || (sounds ? "You should hear four notes, left then right." : "")}
      </p>
    </div>
  );
}
