/** The file format of a call, `.s2s.json`: the record, and optionally the audio as base64. docs/call-record.md. */
import { INPUT_RATE, OUTPUT_RATE } from "../../types/wire.gen";
import { FORMAT, FORMAT_VERSION, type CallRecord, type Item, type RecordedCall } from "./callRecord";
import { AudioTrack, type CallAudio } from "./audioTrack";

/** Larger than any record with 30 minutes of sound. */
export const MAX_FILE_BYTES = 300_000_000;
const BASE64_STEP = 0x6000;

/** Why a file cannot be shown, as text for the user. */
export class FileFault extends Error {}

/** Yields the file in parts: no string of the whole is ever built. */
export function* fileParts({ record, sound }: RecordedCall): Generator<string> {
  const body = JSON.stringify(record, null, 1);
  yield body.slice(0, body.lastIndexOf("}")).trimEnd();
  yield ',\n "sound": ';
  if (sound) yield* soundParts(sound);
  else yield "null";
  yield "\n}\n";
}

function* soundParts({ person, ai }: CallAudio): Generator<string> {
  yield '{\n  "person": ';
  yield* trackParts(person);
  yield ',\n  "ai": ';
  yield* trackParts(ai);
  yield "\n }";
}

function* trackParts(track: AudioTrack): Generator<string> {
  yield `{ "rate": ${track.rate}, "samples": ${track.lengthSamples}, "pieces": [`;
  let comma = "";
  for (const { at, pcm } of track.pieces()) {
    yield `${comma}\n   { "at": ${at}, "pcm16le": "${base64(pcm)}" }`;
    comma = ",";
  }
  yield "] }";
}

/** Parses a file's text. Throws FileFault if it is not a call file. */
export function parseCall(text: string): RecordedCall {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    throw new FileFault("This file isn’t a saved conversation. Choose a .s2s.json file that was downloaded here.");
  }
  if (!isObject(found) || found["format"] !== FORMAT) {
    throw new FileFault("This file isn’t a saved conversation. Choose a .s2s.json file that was downloaded here.");
  }
  if (found["version"] !== FORMAT_VERSION) {
    throw new FileFault("This conversation was saved by another version of this page. Open it with that version.");
  }
  const { sound, ...record } = found;
  if (!isRecord(record)) throw new FileFault("This file is damaged: part of it is missing.");
  return { record, sound: isObject(sound) ? readSound(sound) : null };
}

function isRecord(found: Record<string, unknown>): found is Record<string, unknown> & CallRecord {
  const { id, startedAt, durationMs, items } = found;
  const times = isTime(durationMs) && typeof startedAt === "string" && !Number.isNaN(Date.parse(startedAt));
  return times && typeof id === "string" && Array.isArray(items) && items.every(isItem);
}

/** Checks what every reader of an item relies on. */
const ITEM_FITS: Readonly<Record<Item["kind"], (item: Record<string, unknown>) => boolean>> = {
  person: ({ text, endMs }) => typeof text === "string" && isTime(endMs),
  answer: ({ text, endMs, heardChars, pieces }) =>
    typeof text === "string" && isTime(endMs) && isTime(heardChars) && Array.isArray(pieces) && pieces.every(isPiece),
  tool: ({ name, args, endMs, ok, result, tookMs }) =>
    typeof name === "string" && isObject(args) && orNull(isTime, endMs) && orNull(isFlag, ok) && typeof result === "string" && orNull(isTime, tookMs),
  notice: ({ text, hint }) => typeof text === "string" && typeof hint === "string",
  interruption: ({ by, heardMs }) => (by === "voice" || by === "button") && isTime(heardMs),
  latency: ({ earMs, marks }) => orNull(isTime, earMs) && isObject(marks),
  connection: ({ status }) => typeof status === "string",
  upstream: ({ status, detail }) => typeof status === "string" && typeof detail === "string",
  microphone: ({ muted }) => isFlag(muted),
};

function isItem(found: unknown): boolean {
  if (!isObject(found) || !isTime(found["atMs"])) return false;
  const fits: Readonly<Record<string, ((item: Record<string, unknown>) => boolean) | undefined>> = ITEM_FITS;
  const { kind } = found;
  return typeof kind === "string" && (fits[kind]?.(found) ?? false);
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const isTime = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value) && value >= 0;
const isFlag = (value: unknown): boolean => typeof value === "boolean";
const isPiece = (value: unknown): boolean => isObject(value) && typeof value["text"] === "string" && isTime(value["atMs"]);
const orNull = (fits: (value: unknown) => boolean, value: unknown): boolean => value === null || fits(value);

function readSound(found: Record<string, unknown>): CallAudio {
  return { person: readTrack(found["person"], INPUT_RATE), ai: readTrack(found["ai"], OUTPUT_RATE) };
}

function readTrack(found: unknown, rate: number): AudioTrack {
  const damaged = new FileFault("This file is damaged: its audio can’t be read.");
  if (!isObject(found) || found["rate"] !== rate || !isTime(found["samples"]) || !Array.isArray(found["pieces"])) throw damaged;
  const track = new AudioTrack(rate, found["samples"]);
  for (const piece of found["pieces"] as unknown[]) {
    if (!isObject(piece) || !isTime(piece["at"]) || typeof piece["pcm16le"] !== "string") throw damaged;
    try {
      track.write(Math.floor(piece["at"]), fromBase64(piece["pcm16le"]));
    } catch (cause) {
      throw new FileFault(damaged.message, { cause });
    }
  }
  track.lengthSamples = found["samples"];
  return track;
}

/** Little-endian, as on every machine that runs a browser. */
export function base64(pcm: Int16Array): string {
  const bytes = new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength);
  let text = "";
  for (let from = 0; from < bytes.length; from += BASE64_STEP) {
    text += btoa(String.fromCharCode(...bytes.subarray(from, from + BASE64_STEP)));
  }
  return text;
}

function fromBase64(text: string): Int16Array<ArrayBuffer> {
  const bytes = atob(text);
  const out = new Uint8Array(bytes.length & ~1);
  for (let at = 0; at < out.length; at++) out[at] = bytes.charCodeAt(at);
  return new Int16Array(out.buffer);
}
