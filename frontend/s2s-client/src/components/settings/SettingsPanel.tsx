import { useEffect, useId, useState } from "react";
import type { SessionChoices } from "../../services/pageApi";
import { CallFailure } from "../../shared/callErrors";
import type { Conversation } from "../../app/geminiSession";
import { toolHeading } from "../../state/toolLabels";
import { MAX_INSTRUCTION_CHARS, needsNewSession, type Settings } from "../../state/settings";
import { DevicePickers } from "./DevicePickers";
import { Dialog } from "../primitives/Dialog";
import { Choice, Field, Switch } from "../primitives/fields";
import { KeptSettings } from "./KeptSettings";
import { manners, personaOf, PERSONAS } from "./personas";
import { useSettings } from "../primitives/useSettings";
import { VoiceSample } from "./VoiceSample";
import { VolumeSlider } from "../primitives/VolumeSlider";

interface Props {
  readonly session: Pick<Conversation, "settings" | "offers" | "voiceSample" | "readMicrophone" | "readVoice" | "signIn" | "deleteEverything">;
  /** With which settings the running conversation began; null without one. */
  readonly running: Settings | null;
  readonly onClose: () => void;
}

/** Everything one can choose. Each change is kept at once. */
export default function SettingsPanel({ session, running, onClose }: Props) {
  const { settings, change } = useSettings(session.settings);
  const offers = useOffers(session.offers);
  const waits = running !== null && needsNewSession(running, settings);
  return (
    <Dialog title="Settings" onClose={onClose}>
      <p className="hint" role="status">
        {waits ? "Some of your changes need a new conversation: end this one and start again." : "Kept on this device only."}
      </p>
      <AiSettings settings={settings} change={change} offers={offers} inCall={running !== null} load={session.voiceSample} />
      <SpeechSettings settings={settings} change={change} />
      <fieldset>
        <legend>Devices</legend>
        <VolumeSlider volume={settings.volume} onChange={(volume) => { change({ volume }); }} />
        <DevicePickers settings={settings} change={change} session={session} inCall={running !== null} />
      </fieldset>
      <PageSettings settings={settings} change={change} />
      <KeptSettings session={session} inCall={running !== null} />
    </Dialog>
  );
}

interface Part {
  readonly settings: Settings;
  readonly change: (changes: Partial<Settings>) => void;
}

type Loaded = SessionChoices | "loading" | Missing;

/** Why there is nothing to choose from. */
class Missing {
  constructor(readonly words: string) {}
}

function useOffers(load: () => Promise<SessionChoices>): Loaded {
  const [offers, setOffers] = useState<Loaded>("loading");
  useEffect(() => {
    let gone = false;
    load().then(
      (found) => {
        if (!gone) setOffers(found);
      },
      (reason: unknown) => {
        if (!gone) setOffers(new Missing(reason instanceof CallFailure ? `${reason.failure.message} ${reason.failure.hint}` : "The service does not answer."));
      },
    );
    return () => {
      gone = true;
    };
  }, [load]);
  return offers;
}

interface AiPart extends Part {
  readonly offers: Loaded;
  readonly inCall: boolean;
  readonly load: Conversation["voiceSample"];
}

function AiSettings({ settings, change, offers, inCall, load }: AiPart) {
  const found = offers === "loading" || offers instanceof Missing ? null : offers;
  const voices = found ? found.voices : settings.voice ? [settings.voice] : [];
  const persona = personaOf(settings.instruction);
  return (
    <fieldset>
      <legend>The AI</legend>
      {offers instanceof Missing && <p className="hint">Voices and functions are not listed. {offers.words}</p>}
      <Choice
        label="Voice"
        value={settings.voice}
        options={[["", "As the service chooses"], ...voices.map((voice) => [voice, voice] as const)]}
        onChange={(voice) => { change({ voice }); }}
      />
      {found && (
        <VoiceSample key={settings.voice} voice={settings.voice} place={settings} inCall={inCall} oneVoice={found.one_voice} load={load} />
      )}
      <Choice
        label="Language"
        value={settings.language}
        options={[["", "Found by itself"], ...LANGUAGES]}
        onChange={(language) => { change({ language }); }}
      />
      <Choice
        label="Manner"
        value={persona}
        options={manners(persona)}
        onChange={(name) => {
          const instruction = PERSONAS.find((one) => one.name === name)?.instruction;
          if (instruction !== undefined) change({ instruction });
        }}
      />
      <Instruction settings={settings} change={change} />
      {found && <Tools settings={settings} change={change} tools={found.tools} />}
    </fieldset>
  );
}

function Instruction({ settings, change }: Part) {
  const id = useId();
  return (
    <Field id={id} label="Own instructions" hint="What the AI should be and how it should speak. Empty: the service's own.">
      <textarea
        id={id}
        rows={3}
        maxLength={MAX_INSTRUCTION_CHARS}
        value={settings.instruction}
        onChange={(event) => {
          change({ instruction: event.target.value });
        }}
      />
    </Field>
  );
}

function Tools({ settings, change, tools }: Part & { readonly tools: SessionChoices["tools"] }) {
  const names = tools.map(({ name }) => name);
  const chosen = settings.tools ?? names;
  return (
    <div role="group" aria-label="Functions the AI may use">
      <p className="group-label">Functions the AI may use</p>
      {tools.map(({ name, description }) => (
        <Switch
          key={name}
          label={toolHeading(name)}
          hint={description}
          on={chosen.includes(name)}
          onChange={(on) => {
            const next = names.filter((one) => (one === name ? on : chosen.includes(one)));
            change({ tools: next.length === names.length ? null : next });
          }}
        />
      ))}
    </div>
  );
}

function SpeechSettings({ settings, change }: Part) {
  return (
    <fieldset>
      <legend>Taking turns</legend>
      <Choice
        label="Who speaks when"
        value={settings.turnTaking}
        options={[["automatic", "The AI hears when you have finished"], ["push-to-talk", "Push to talk: hold Space or the button"]]}
        onChange={(turnTaking) => { change({ turnTaking }); }}
      />
      <Switch
        label="Quieter when I speak"
        hint="The AI's voice goes down at your first syllable, and comes back when it was only a cough."
        on={settings.bargeIn}
        onChange={(bargeIn) => { change({ bargeIn }); }}
      />
      <Choice
        label="How easily I am noticed"
        hint="Only clear speech: for a noisy room. Quiet speech, too: the AI also gives you a little more time. The AI follows from your next conversation on."
        value={settings.sensitivity}
        options={[["low", "Only clear speech"], ["normal", "Normal"], ["high", "Quiet speech, too"]]}
        onChange={(sensitivity) => { change({ sensitivity }); }}
      />
      <Switch
        label="Speaker mode"
        hint="Closes the microphone while the AI speaks. For loudspeakers that the AI hears itself by."
        on={settings.speakerMode}
        onChange={(speakerMode) => { change({ speakerMode }); }}
      />
    </fieldset>
  );
}

function PageSettings({ settings, change }: Part) {
  return (
    <fieldset>
      <legend>Page and connection</legend>
      <Choice
        label="Size of captions"
        value={settings.captionSize}
        options={[["small", "Small"], ["normal", "Normal"], ["large", "Large"]]}
        onChange={(captionSize) => { change({ captionSize }); }}
      />
      <Choice
        label="Connection"
        value={settings.transport}
        options={[["automatic", "The best that works"], ["websocket", "WebSocket only"]]}
        onChange={(transport) => { change({ transport }); }}
      />
      <Choice
        label="On a bad network"
        hint="On a good one all three are equally quick. Where sound came unevenly we measured 23 gaps a minute with the quickest, 9 with the balanced, and 3 with the fewest, which answers up to 0.1 s later and sends everything twice: twice the data."
        value={settings.robustness}
        options={[["automatic", "Balanced: careful once there are gaps"], ["low-latency", "Quickest answers"], ["robust", "Fewest gaps"]]}
        onChange={(robustness) => { change({ robustness }); }}
      />
      <Choice
        label="Use of data"
        value={settings.dataUse}
        options={[["automatic", "Compress the voice on a slow network"], ["save", "Save data: always compress it"], ["full", "Never compress it"]]}
        onChange={(dataUse) => { change({ dataUse }); }}
      />
      <Switch
        label="Single-key shortcuts"
        hint="M, C, S and ?; Escape and Space work always."
        on={settings.shortcuts}
        onChange={(shortcuts) => { change({ shortcuts }); }}
      />
    </fieldset>
  );
}

/** Those that every model of the service speaks; another one can be set at the gateway (S2S_LANGUAGE). */
const LANGUAGES = [
  ["ar-EG", "العربية"],
  ["de-DE", "Deutsch"],
  ["en-GB", "English (UK)"],
  ["en-US", "English (US)"],
  ["es-ES", "Español"],
  ["fr-FR", "Français"],
  ["hi-IN", "हिन्दी"],
  ["id-ID", "Bahasa Indonesia"],
  ["it-IT", "Italiano"],
  ["ja-JP", "日本語"],
  ["ko-KR", "한국어"],
  ["nl-NL", "Nederlands"],
  ["pl-PL", "Polski"],
  ["pt-BR", "Português (Brasil)"],
  ["ru-RU", "Русский"],
  ["th-TH", "ไทย"],
  ["tr-TR", "Türkçe"],
  ["vi-VN", "Tiếng Việt"],
] as const;
