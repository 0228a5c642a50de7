/** The user's settings, kept on this device. No React. */
import type { Robustness } from "../audio/jitterTarget";
import type { Theme } from "../shared/theme";
import type { Sensitivity } from "../types/wire.gen";

export interface Settings {
  /** Empty: the gateway's default. */
  readonly voice: string;
  /** BCP-47; empty: the gateway's default. */
  readonly language: string;
  /** Empty: the gateway's default. */
  readonly instruction: string;
  /** Names of the enabled tools; null: all. */
  readonly tools: readonly string[] | null;
  readonly turnTaking: "automatic" | "push-to-talk";
  /** The model audio is ducked as soon as the user speaks over it. */
  readonly bargeIn: boolean;
  /** How easily a sound counts as the user's speech, in the page and in the service. */
  readonly sensitivity: Sensitivity;
  /** The microphone is silenced while model audio plays. */
  readonly speakerMode: boolean;
  readonly transport: "automatic" | "websocket";
  /** How much the jitter buffer holds on an uneven network, and whether every frame is sent twice. */
  readonly robustness: Robustness;
  /** Audio is compressed when the network needs it, always, or never. */
  readonly dataUse: "automatic" | "save" | "full";
  /** What has happened is also told by a short sound and a touch: where it is of use, always, or never. */
  readonly cues: "automatic" | "all" | "off";
  readonly captions: boolean;
  readonly captionSize: "small" | "normal" | "large";
  /** 0 to 1. */
  readonly volume: number;
  /** The browser's device ids; empty: the system default. */
  readonly microphone: string;
  readonly loudspeaker: string;
  /** What the browser does to the microphone's sound. */
  readonly echoCancellation: boolean;
  readonly noiseSuppression: boolean;
  readonly autoGain: boolean;
  /** While muted, this page listens for speech and reminds the user of it. */
  readonly mutedReminder: boolean;
  readonly theme: Theme;
  /** A reloaded page resumes its conversation. */
  readonly resume: boolean;
  /** Single-letter keyboard shortcuts are on. */
  readonly shortcuts: boolean;
  /** Transcript and events of a call are held in memory while it lasts, for download and review. */
  readonly record: boolean;
  /** The record holds both audio tracks, too. Nothing else keeps audio of a call. */
  readonly sound: boolean;
  /** Finished calls stay on this device. */
  readonly history: boolean;
}

export const DEFAULTS: Settings = {
  voice: "",
  language: "",
  instruction: "",
  tools: null,
  turnTaking: "automatic",
  bargeIn: true,
  sensitivity: "normal",
  speakerMode: false,
  transport: "automatic",
  robustness: "automatic",
  dataUse: "automatic",
  cues: "automatic",
  captions: true,
  captionSize: "normal",
  volume: 1,
  microphone: "",
  loudspeaker: "",
  echoCancellation: true,
  noiseSuppression: true,
  autoGain: true,
  mutedReminder: true,
  theme: "system",
  resume: false,
  shortcuts: true,
  record: true,
  sound: false,
  history: true,
};

export const MAX_INSTRUCTION_CHARS = 20_000;
const KEY = "s2s-settings";

const text = (most: number) => (value: unknown) => typeof value === "string" && value.length <= most;
const flag = (value: unknown) => typeof value === "boolean";
const oneOf =
  (...values: readonly string[]) =>
  (value: unknown) =>
    typeof value === "string" && values.includes(value);

const FITS: Readonly<Record<keyof Settings, (value: unknown) => boolean>> = {
  voice: text(40),
  language: (value) => typeof value === "string" && /^([a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*)?$/.test(value) && value.length <= 20,
  instruction: text(MAX_INSTRUCTION_CHARS),
  tools: (value) => value === null || (Array.isArray(value) && value.length <= 64 && value.every(text(64))),
  turnTaking: oneOf("automatic", "push-to-talk"),
  bargeIn: flag,
  sensitivity: oneOf("low", "normal", "high"),
  speakerMode: flag,
  transport: oneOf("automatic", "websocket"),
  robustness: oneOf("automatic", "low-latency", "robust"),
  dataUse: oneOf("automatic", "save", "full"),
  cues: oneOf("automatic", "all", "off"),
  captions: flag,
  captionSize: oneOf("small", "normal", "large"),
  volume: (value) => typeof value === "number" && value >= 0 && value <= 1,
  microphone: text(200),
  loudspeaker: text(200),
  echoCancellation: flag,
  noiseSuppression: flag,
  autoGain: flag,
  mutedReminder: flag,
  theme: oneOf("system", "light", "dark"),
  resume: flag,
  shortcuts: flag,
  record: flag,
  sound: flag,
  history: flag,
};

/** Parses stored settings. Members that do not fit, from an older page or a broken store, take their default. */
export function readSettings(stored: string | null): Settings {
  let found: unknown;
  try {
    found = JSON.parse(stored ?? "{}");
  } catch {
    return DEFAULTS;
  }
  if (typeof found !== "object" || found === null) return DEFAULTS;
  const fits: Readonly<Record<string, ((value: unknown) => boolean) | undefined>> = FITS;
  const known = Object.entries(found).filter(([name, value]) => fits[name]?.(value));
  return { ...DEFAULTS, ...Object.fromEntries(known) };
}

const AT_START: readonly (keyof Settings)[] = ["voice", "language", "instruction", "tools", "turnTaking", "sensitivity", "transport", "dataUse"];

/** Whether a change needs a new session, because a running one cannot apply it. */
export function needsNewSession(running: Settings, wished: Settings): boolean {
  return AT_START.some((name) => JSON.stringify(running[name]) !== JSON.stringify(wished[name]));
}

/** Where conversations are kept: not at all, in this page until it is closed, or on this device. */
export type Keeping = "nowhere" | "page" | "device";

export function keepingOf({ record, history }: Pick<Settings, "record" | "history">): Keeping {
  if (!record) return "nowhere";
  return history ? "device" : "page";
}

/** The changes that keep conversations there. Where nothing is kept, neither is their sound. */
export function keptIn(where: Keeping): Partial<Settings> {
  if (where === "nowhere") return { record: false, history: false, sound: false };
  return { record: true, history: where === "device" };
}

/** Where settings are stored. Without storage, or if it is full or forbidden, they last as long as the page. */
export type SettingsStorage = Pick<Storage, "getItem" | "setItem">;

export class SettingsStore {
  #settings: Settings;
  readonly #listeners = new Set<() => void>();

  /** `storage`: null to keep them in memory only. */
  constructor(private readonly storage: SettingsStorage | null) {
    this.#settings = readSettings(storage?.getItem(KEY) ?? null);
  }

  readonly getSnapshot = (): Settings => this.#settings;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly change = (changes: Partial<Settings>): void => {
    const next = { ...this.#settings, ...changes };
    if (!Object.entries(next).every(([name, value]) => FITS[name as keyof Settings](value))) return;
    try {
      this.storage?.setItem(KEY, JSON.stringify(next));
    } catch (fault) {
      console.warn("S2S: the settings could not be kept on this device.", fault);
    }
    this.#set(next);
  };

  /** Takes the defaults, and keeps nothing until the next change: what was kept has been deleted. */
  reset(): void {
    this.#set(DEFAULTS);
  }

  #set(settings: Settings): void {
    this.#settings = settings;
    this.#listeners.forEach((listener) => {
      listener();
    });
  }
}

/** The device's storage, or the tab's, which ends with it; null if the browser forbids it. */
export function storage(whose: "device" | "tab" = "device"): Storage | null {
  try {
    return whose === "device" ? window.localStorage : window.sessionStorage;
  } catch {
    return null;
  }
}
