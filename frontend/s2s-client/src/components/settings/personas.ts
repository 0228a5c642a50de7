/** Styles to begin with; the text can be changed freely afterwards. */

const SPOKEN = "You are heard, not read: no lists, markup or emoji.";

export const PERSONAS: readonly { readonly name: string; readonly words: string; readonly instruction: string }[] = [
  { name: "default", words: "Default", instruction: "" },
  {
    name: "brief",
    words: "Short and precise",
    instruction: `You are an exact assistant. Answer in one short sentence, and say so when you do not know. ${SPOKEN}`,
  },
  {
    name: "teacher",
    words: "Patient teacher",
    instruction: `You are a patient teacher. Explain one idea at a time in everyday words, give an example, then ask one short question to see whether it was understood. ${SPOKEN}`,
  },
  {
    name: "interviewer",
    words: "Practice interview",
    instruction: `You lead a friendly practice job interview. Ask one question at a time, listen, then say in one sentence what was good and what could be better, and go on. ${SPOKEN}`,
  },
  {
    name: "partner",
    words: "Language partner",
    instruction: `You are a partner for practising a language. Speak slowly and simply in the language the person uses, correct at most one mistake per turn, kindly, and keep the conversation going. ${SPOKEN}`,
  },
];

const OWN = { name: "own", words: "Custom instructions" };

/** The name of the style whose words these are. */
export function personaOf(instruction: string): string {
  return PERSONAS.find((persona) => persona.instruction === instruction)?.name ?? OWN.name;
}

/** What the list shows while `chosen` is chosen: "own" appears when the words were changed. */
export function styles(chosen: string): readonly (readonly [name: string, words: string])[] {
  const known = PERSONAS.map(({ name, words }) => [name, words] as const);
  return chosen === OWN.name ? [...known, [OWN.name, OWN.words]] : known;
}
