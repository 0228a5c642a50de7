import { Play, Square } from "lucide-react";
import type { Conversation } from "../../app/geminiSession";
import type { ChoicesState } from "../../app/choices";
import type { SessionChoices } from "../../services/pageApi";
import { Choice } from "../primitives/fields";
import { useSettings } from "../primitives/useSettings";
import { useSound } from "../settings/useSound";

interface Props {
  readonly session: Pick<Conversation, "settings" | "voiceSample">;
  readonly told: ChoicesState;
}

/** Which voice answers, and how it sounds. Fetched when it is opened. */
export default function VoiceMenu({ session, told }: Props) {
  if (told && "found" in told) return <Voices session={session} found={told.found} />;
  return (
    <p role="status" className="hint">
      {told ? `${told.failure.message} ${told.failure.hint}` : "Loading…"}
    </p>
  );
}

function Voices({ session, found: { voices, one_voice: oneVoice } }: Pick<Props, "session"> & { readonly found: SessionChoices }) {
  const { settings, change } = useSettings(session.settings);
  const { state, problem, play, stop } = useSound(settings);
  const voice = settings.voice || (oneVoice ? voices[0] : "");
  const busy = state !== "silent";
  const preview = () => {
    if (voice) void play(async (context) => context.decodeAudioData(await session.voiceSample(voice)));
  };
  return (
    <>
      {!oneVoice && (
        <Choice
          label="Voice"
          value={settings.voice}
          options={[["", "Default"], ...voices.map((name) => [name, name] as const)]}
          onChange={(name) => {
            stop();
            change({ voice: name });
          }}
        />
      )}
      <button type="button" className="button" disabled={!voice} onClick={busy ? stop : preview}>
        {busy ? <Square aria-hidden="true" /> : <Play aria-hidden="true" />}
        {busy ? "Stop" : "Preview"}
      </button>
      <p role="status" className="hint">
        {problem || hintFor(oneVoice, voice, state === "fetching")}
      </p>
    </>
  );
}

function hintFor(oneVoice: boolean, voice: string | undefined, fetching: boolean): string {
  if (fetching) return "Loading preview…";
  if (oneVoice) return "The local engine has a single voice. Connect Gemini for 30 more.";
  return voice ? "" : "Choose a voice to hear it.";
}
