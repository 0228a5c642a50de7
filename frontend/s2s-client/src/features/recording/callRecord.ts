/** What is kept of a call: everything that was said, heard and done, on one time line. Described in docs/call-record.md. */
import type { Backend, Carrier, Detour, Level, UpstreamStatus } from "../../types";
import { clusters } from "../../shared/unicodeText";
import type { CallAudio } from "./audioTrack";

export const FORMAT = "s2s-call";
/** Grows when a reader of the older one would misread a newer file. */
export const FORMAT_VERSION = 1;

/** All times are whole ms after the call's start. */
export interface CallRecord {
  readonly format: typeof FORMAT;
  readonly version: typeof FORMAT_VERSION;
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly model: { readonly backend: Backend; readonly name: string } | null;
  /** In order of `atMs`. */
  readonly items: readonly Item[];
  /** Sound after this point was not kept; null where all was. */
  readonly soundEndsMs: number | null;
}

interface Moment {
  readonly atMs: number;
}

/** Said or typed. */
export interface PersonItem extends Moment {
  readonly kind: "person";
  readonly endMs: number;
  readonly text: string;
}

export interface AnswerItem extends Moment {
  readonly kind: "answer";
  readonly turn: number;
  /** When its last sound was heard. */
  readonly endMs: number;
  readonly text: string;
  /** The first characters of `text`, as many as were heard. */
  readonly heardChars: number;
  /** When each part of `text` began to sound; of what was cut off, when it would have. */
  readonly pieces: readonly { readonly text: string; readonly atMs: number }[];
}

export interface ToolItem extends Moment {
  readonly kind: "tool";
  /** null: no answer came before the call's end. */
  readonly endMs: number | null;
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly ok: boolean | null;
  readonly result: string;
  readonly tookMs: number | null;
}

export interface NoticeItem extends Moment {
  readonly kind: "notice";
  readonly level: Level;
  readonly text: string;
  readonly hint: string;
}

/** An answer was cut off. */
export interface InterruptionItem extends Moment {
  readonly kind: "interruption";
  readonly by: "voice" | "button";
  /** null: it had not begun to sound. */
  readonly turn: number | null;
  readonly heardMs: number;
}

export interface LatencyItem extends Moment {
  readonly kind: "latency";
  readonly turn: number;
  /** End of the person's words to the first sound, both measured at this machine. */
  readonly earMs: number | null;
  /** As the gateway measured; names in wire/README.md. */
  readonly marks: Readonly<Record<string, number>>;
}

/** Between this page and the gateway. */
export interface ConnectionItem extends Moment {
  readonly kind: "connection";
  readonly status: "connected" | "lost";
  readonly carrier: Carrier | null;
  readonly detour: Detour | null;
}

/** Between the gateway and the model, hand-overs to a new connection among them. */
export interface UpstreamItem extends Moment {
  readonly kind: "upstream";
  readonly status: UpstreamStatus;
  readonly detail: string;
}

export interface MicrophoneItem extends Moment {
  readonly kind: "microphone";
  readonly muted: boolean;
}

export type Item =
  | PersonItem
  | AnswerItem
  | ToolItem
  | NoticeItem
  | InterruptionItem
  | LatencyItem
  | ConnectionItem
  | UpstreamItem
  | MicrophoneItem;

/** A record with its sound, where that is there. */
export interface RecordedCall {
  readonly record: CallRecord;
  readonly sound: CallAudio | null;
}

/** What the person said first, for a list of calls. */
export function firstWords(record: CallRecord, most = 80): string {
  const text = record.items.find((item) => item.kind === "person" && item.text.trim() !== "");
  const words = text?.kind === "person" ? text.text.trim() : "";
  const characters = clusters(words);
  return characters.length > most ? `${characters.slice(0, most - 1).join("").trimEnd()}…` : words;
}
