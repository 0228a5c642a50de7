import { useId } from "react";
import type { Conversation } from "../../app/geminiSession";
import type { SessionChoices } from "../../services/pageApi";
import { MAX_INSTRUCTION_CHARS, type Settings } from "../../state/settings";
import { toolHeading } from "../../state/toolLabels";
import { Choice, Field, Switch } from "../primitives/fields";
import { LANGUAGES } from "./languages";
import { personaOf, PERSONAS, styles } from "./personas";
import { type Loaded, Missing } from "./useOffers";
import { VoiceSample } from "./VoiceSample";

interface Part {
  readonly settings: Settings;
  readonly change: (changes: Partial<Settings>) => void;
}

interface Props extends Part {
  readonly offers: Loaded;
  readonly inCall: boolean;
  readonly load: Conversation["voiceSample"];
}

/** Who one talks to: voice, language, style and tools. */
export function AiSettings({ settings, change, offers, inCall, load }: Props) {
  const found = offers === "loading" || offers instanceof Missing ? null : offers;
  const voices = found ? found.voices : settings.voice ? [settings.voice] : [];
  const persona = personaOf(settings.instruction);
  return (
    <>
      {offers instanceof Missing && <p className="hint">Can’t list voices and tools. {offers.words}</p>}
      <Choice
        label="Voice"
        value={settings.voice}
        options={[["", "Default"], ...voices.map((voice) => [voice, voice] as const)]}
        onChange={(voice) => { change({ voice }); }}
      />
      {found && (
        <VoiceSample key={settings.voice} voice={settings.voice} place={settings} inCall={inCall} oneVoice={found.one_voice} load={load} />
      )}
      <Choice
        label="Language"
        value={settings.language}
        options={[["", "Detect automatically"], ...LANGUAGES]}
        onChange={(language) => { change({ language }); }}
      />
      <Choice
        label="Style"
        value={persona}
        options={styles(persona)}
        onChange={(name) => {
          const instruction = PERSONAS.find((one) => one.name === name)?.instruction;
          if (instruction !== undefined) change({ instruction });
        }}
      />
      <Instruction settings={settings} change={change} />
      {found && found.tools.length > 0 && <Tools settings={settings} change={change} tools={found.tools} />}
    </>
  );
}

function Instruction({ settings, change }: Part) {
  const id = useId();
  return (
    <Field id={id} label="Custom instructions" hint="How should the AI behave and sound? Leave empty for the default.">
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
    <div role="group" aria-label="Tools">
      <p className="group-label">Tools</p>
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
