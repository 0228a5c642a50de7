import { Play, Square } from "lucide-react";
import { useEffect, useRef } from "react";
import type { OutputDevice, PlayingSound } from "./soundPlayer";
import { useSound } from "./useSound";

interface Props {
  readonly voice: string;
  readonly place: OutputDevice;
  readonly inCall: boolean;
  /** All names sound alike. */
  readonly oneVoice: boolean;
  /** Throws CallFailure. */
  readonly load: (voice: string) => Promise<ArrayBuffer>;
}

/** Lets a voice be heard before it is chosen. */
export function VoiceSample({ voice, place, inCall, oneVoice, load }: Props) {
  const { state, problem, play, stop } = useSound(place);
  const sounds = typeof state === "object";
  const busy = state !== "silent";
  const hear = () => void play(async (context) => context.decodeAudioData(await load(voice)));
  return (
    <div className="test-row">
      <button type="button" className="button" disabled={voice === "" || inCall} onClick={busy ? stop : hear}>
        {busy ? <Square aria-hidden="true" /> : <Play aria-hidden="true" />}
        {busy ? "Stop" : voice ? `Preview ${voice}` : "Preview"}
      </button>
      {sounds && <Progress of={state} />}
      <p role="status" className="hint">
        {problem || hintFor({ fetching: state === "fetching", inCall, voice, oneVoice })}
      </p>
    </div>
  );
}

function hintFor({ fetching, inCall, voice, oneVoice }: Pick<Props, "inCall" | "voice" | "oneVoice"> & { readonly fetching: boolean }): string {
  if (fetching) return "Loading preview…";
  if (oneVoice) return "The local engine has a single voice. Connect Gemini for 30 more.";
  if (inCall) return "End the conversation to preview voices.";
  return voice ? "" : "Pick a voice to preview it.";
}

const STEP_MS = 100;

function Progress({ of }: { readonly of: PlayingSound }) {
  const bar = useRef<HTMLProgressElement>(null);
  useEffect(() => {
    const timer = setInterval(() => {
      if (bar.current) bar.current.value = of.progress();
    }, STEP_MS);
    return () => {
      clearInterval(timer);
    };
  }, [of]);
  return <progress aria-label="Preview progress" max={1} value={0} ref={bar} />;
}
