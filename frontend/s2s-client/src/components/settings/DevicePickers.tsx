import { useEffect, useState } from "react";
import { canChooseLoudspeaker, type Device, type Devices, listDevices, NO_DEVICES, onDevicesChanged } from "../../services/media/devices";
import { openMicrophone } from "../../services/media/microphone";
import { CallFailure } from "../../shared/callErrors";
import type { Conversation } from "../../app/geminiSession";
import type { Settings } from "../../state/settings";
import { Choice } from "../primitives/fields";
import { LevelMeter } from "../primitives/LevelMeter";
import { playTestTone } from "./soundPlayer";
import { readLevel, type TestedMicrophone, testMicrophone } from "./microphoneTest";
import { useSound } from "./useSound";

interface Props {
  readonly settings: Settings;
  readonly change: (changes: Partial<Settings>) => void;
  readonly session: Pick<Conversation, "readMicrophone" | "readVoice">;
  readonly inCall: boolean;
}

/** Microphone and loudspeaker, each with its level. Devices that come and go appear and disappear here. */
export function DevicePickers({ settings, change, session, inCall }: Props) {
  const devices = useDevices();
  const tested = useTest(settings.microphone, inCall);
  const named = devices.microphones.length > 0;
  return (
    <>
      {named ? (
        <Choice
          label="Microphone"
          value={settings.microphone}
          options={choices(devices.microphones, settings.microphone)}
          onChange={(microphone) => { change({ microphone }); }}
        />
      ) : (
        <p className="hint">Your browser names the devices once the microphone was allowed.</p>
      )}
      {inCall ? (
        <LevelMeter label="Level of the microphone" read={() => readLevel(session.readMicrophone)} />
      ) : (
        <TestRow tested={tested} />
      )}
      {canChooseLoudspeaker() && devices.loudspeakers.length > 0 && (
        <Choice
          label="Loudspeaker"
          value={settings.loudspeaker}
          options={choices(devices.loudspeakers, settings.loudspeaker)}
          onChange={(loudspeaker) => { change({ loudspeaker }); }}
        />
      )}
      {inCall && <LevelMeter label="Level of the voice" read={() => readLevel(session.readVoice)} />}
      <ToneRow key={settings.loudspeaker} settings={settings} />
    </>
  );
}

function choices(devices: readonly Device[], chosen: string): readonly (readonly [string, string])[] {
  const known = devices.map(({ id, label }) => [id, label] as const);
  const missing = chosen !== "" && !devices.some(({ id }) => id === chosen);
  return [["", "As the system chooses"], ...known, ...(missing ? ([[chosen, "Remembered one (not plugged in)"]] as const) : [])];
}

function useDevices(): Devices {
  const [devices, setDevices] = useState(NO_DEVICES);
  useEffect(() => {
    let gone = false;
    const look = () => {
      listDevices().then(
        (found) => {
          if (!gone) setDevices(found);
        },
        (fault: unknown) => {
          console.warn("S2S: the browser does not list its devices.", fault);
        },
      );
    };
    look();
    const stop = onDevicesChanged(look);
    return () => {
      gone = true;
      stop();
    };
  }, []);
  return devices;
}

interface Test {
  readonly microphone: TestedMicrophone | null;
  readonly problem: string;
  readonly toggle: () => void;
}

/** Outside a call the microphone is only opened when this is asked for, and closed with the panel. */
function useTest(id: string, inCall: boolean): Test {
  const [wanted, setWanted] = useState(false);
  const [microphone, setMicrophone] = useState<TestedMicrophone | null>(null);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    if (!wanted || inCall) return;
    let gone = false;
    let open: TestedMicrophone | null = null;
    openMicrophone(id).then(
      (stream) => {
        open = testMicrophone(stream);
        if (gone) open.close();
        else setMicrophone(open);
      },
      (reason: unknown) => {
        if (!gone) setProblem(reason instanceof CallFailure ? `${reason.failure.message} ${reason.failure.hint}` : String(reason));
      },
    );
    return () => {
      gone = true;
      open?.close();
      setMicrophone(null);
      setProblem("");
    };
  }, [id, inCall, wanted]);
  return { microphone, problem, toggle: () => { setWanted(!wanted); } };
}

/** A user who hears nothing has chosen another loudspeaker than they think. */
function ToneRow({ settings }: Pick<Props, "settings">) {
  const { state, problem, play, stop } = useSound(settings);
  const sounds = typeof state === "object";
  return (
    <div className="test-row">
      <button type="button" className="button" aria-pressed={sounds} onClick={sounds ? stop : () => void play(playTestTone)}>
        {sounds ? "Stop the sound" : "Test the loudspeaker"}
      </button>
      {sounds && <LevelMeter label="Level of the loudspeaker" read={() => readLevel(state.read)} />}
      <p role="status" className="hint">
        {problem || (sounds ? "Four notes, left and right in turn." : "")}
      </p>
    </div>
  );
}

function TestRow({ tested: { microphone, problem, toggle } }: { readonly tested: Test }) {
  return (
    <div className="test-row">
      <button type="button" className="button" aria-pressed={microphone !== null} onClick={toggle}>
        {microphone ? "Stop the test" : "Test the microphone"}
      </button>
      {microphone && <LevelMeter label="Level of the microphone" read={() => readLevel(microphone.read)} />}
      <p role="status" className="hint">
        {problem}
      </p>
    </div>
  );
}
