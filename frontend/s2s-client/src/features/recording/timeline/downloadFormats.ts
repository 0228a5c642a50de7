/** The files a call can be downloaded as. */
import type { CallRecord, RecordedCall } from "../callRecord";
import { fileParts } from "../callFile";
import { wavParts } from "../wav";
import { toMarkdown, toWebVtt } from "../textExport";

export interface Kind {
  readonly name: string;
  readonly help: string;
  readonly ending: string;
  readonly type: string;
  readonly needsSound: boolean;
  /** The browser's encoder makes it. */
  readonly needsOpus?: true;
  /** Parts are asked for one by one, and the page breathes between them. */
  readonly parts: (call: RecordedCall) => Iterable<BlobPart> | AsyncIterable<BlobPart>;
}

export const KINDS: readonly Kind[] = [
  {
    name: "Markdown",
    help: "Readable transcript with timestamps.",
    ending: "md",
    type: "text/markdown",
    needsSound: false,
    parts: ({ record }) => [toMarkdown(record)],
  },
  {
    name: "Captions",
    help: "WebVTT with both speakers, for players and editors.",
    ending: "vtt",
    type: "text/vtt",
    needsSound: false,
    parts: ({ record }) => [toWebVtt(record)],
  },
  {
    name: "Audio (WAV)",
    help: "Stereo, 24 kHz: you on the left, the AI on the right.",
    ending: "wav",
    type: "audio/wav",
    needsSound: true,
    parts: ({ record, sound }) => (sound ? wavParts(sound, soundMs(record)) : []),
  },
  {
    name: "Audio (Opus)",
    help: "The same as WebM, about 15 times smaller.",
    ending: "webm",
    type: "audio/webm",
    needsSound: true,
    needsOpus: true,
    parts: opusParts,
  },
  {
    name: "Everything (JSON)",
    help: "With both voices. You can open it again under History.",
    ending: "s2s.json",
    type: "application/json",
    needsSound: true,
    parts: fileParts,
  },
  {
    name: "JSON without audio",
    help: "Transcript, tools and timings, for developers.",
    ending: "words.s2s.json",
    type: "application/json",
    needsSound: false,
    parts: ({ record }) => fileParts({ record, sound: null }),
  },
];

async function* opusParts({ record, sound }: RecordedCall): AsyncGenerator<BlobPart> {
  if (!sound) return;
  const { opusFile } = await import("./opusExport");
  yield await opusFile(sound, soundMs(record));
}

export const soundMs = ({ durationMs, soundEndsMs }: CallRecord): number => soundEndsMs ?? durationMs;

/** `call-2026-11-22-0930.md` */
export function fileName({ startedAt }: CallRecord, ending: string): string {
  return `call-${startedAt.slice(0, 16).replace("T", "-").replace(":", "")}.${ending}`;
}

/** Makes the file and hands it to the browser. */
export async function download(call: RecordedCall, kind: Pick<Kind, "ending" | "type" | "parts">): Promise<void> {
  const parts: BlobPart[] = [];
  for await (const part of kind.parts(call)) {
    parts.push(part);
    await breath();
  }
  saveFile(new Blob(parts, { type: kind.type }), fileName(call.record, kind.ending));
}

/** Hands a file to the browser. */
export function saveFile(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken the address over once this task is done.
  setTimeout(() => { URL.revokeObjectURL(url); }, 60_000);
}

/** Lets clicks and frames through. */
const breath = (): Promise<void> =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
