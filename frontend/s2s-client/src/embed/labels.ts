/** The element's texts, replaceable for other languages. */
import type { Form } from "../state/sessionState";

export interface Labels {
  /** Name of the whole element, for screen readers. */
  readonly name: string;
  readonly start: string;
  readonly tryAgain: string;
  readonly goOn: string;
  readonly cancel: string;
  readonly interrupt: string;
  readonly mute: string;
  readonly muted: string;
  readonly end: string;
  readonly talk: string;
  readonly talking: string;
  readonly controls: string;
  readonly transcript: string;
  readonly person: string;
  readonly answer: string;
  /** Precedes words that were cut off, for screen readers. */
  readonly notHeard: string;
  readonly type: string;
  readonly send: string;
  /** What a tool does, by its name, such as { get_weather: "Looking up the weather" }, instead of the gateway's text. */
  readonly tools: Readonly<Record<string, string>>;
  /** Headlines by phase, instead of the usual ones. */
  readonly phases: Readonly<Partial<Record<Form, string>>>;
}

export const LABELS: Labels = {
  name: "Voice assistant",
  start: "Start Conversation",
  tryAgain: "Try again",
  goOn: "Continue",
  cancel: "Cancel",
  interrupt: "Interrupt AI",
  mute: "Mute",
  muted: "Muted",
  end: "End Session",
  talk: "Hold to talk",
  talking: "Listening to you",
  controls: "Call controls",
  transcript: "Transcript",
  person: "You",
  answer: "AI",
  notHeard: "(not heard:)",
  type: "Message",
  send: "Send",
  tools: {},
  phases: {},
};
