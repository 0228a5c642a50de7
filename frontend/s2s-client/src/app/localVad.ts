/** A call's local VAD: loaded while it is wanted; it also decides whether the microphone picks up the loudspeaker too often. */
import type { AudioProcessor } from "../services/audioProcessor";
import { VadWorker } from "../services/media/vadWorker";
import type { Settings } from "../state/settings";

/** One answer with an echo may be chance; two are the room. */
const ECHOES = 2;

export class LocalVad {
  #vad: VadWorker | null = null;
  #opening = false;
  #wanted = false;
  #closed = false;
  /** null: not known yet. */
  #hasSpareBandwidth: boolean | null = null;
  #sensitivity: Settings["sensitivity"] | null = null;
  #loading = new AbortController();
  #echoes = 0;

  constructor(
    private readonly audio: AudioProcessor,
    private readonly onEchoing: () => void,
    /** The user speaks over the model. */
    private readonly onDucked: () => void = () => undefined,
  ) {}

  /** Applies the settings. `manual`: push-to-talk, so no detection is needed. */
  applySettings({ bargeIn, sensitivity, speakerMode }: Settings, manual: boolean): void {
    this.#wanted = bargeIn && !speakerMode && !manual;
    this.#sensitivity = sensitivity;
    this.#look();
    if (!this.#wanted) this.#drop();
    if (this.#vad) this.#vad.sensitivity = sensitivity;
  }

  /** Whether there is bandwidth for another 490 kB besides the conversation; if not, only cached weights are used. */
  readonly onSpareBandwidth = (spare: boolean): void => {
    if (!spare) this.#loading.abort();
    this.#hasSpareBandwidth = spare;
    this.#look();
  };

  #look(): void {
    if (this.#wanted && this.#hasSpareBandwidth !== null && !this.#vad && !this.#opening && !this.#closed) void this.#open(this.#hasSpareBandwidth);
  }

  close(): void {
    this.#closed = true;
    this.#loading.abort();
    this.#vad?.close();
    this.#vad = null;
  }

  async #open(spare: boolean): Promise<void> {
    this.#opening = true;
    this.#loading = new AbortController();
    const { signal } = this.#loading;
    try {
      const ear = await VadWorker.open({ cachedOnly: !spare, signal }, { onDucked: (on) => { if (on) this.onDucked(); }, onEcho: this.#onEcho });
      if (ear) this.#take(ear);
    } catch (fault) {
      // The gateway also detects an interruption, only later.
      if (!signal.aborted) console.warn("S2S: the voice will not get quieter by itself when you speak over it.", fault);
    } finally {
      this.#opening = false;
    }
    // The network has changed in the meantime.
    if (spare !== this.#hasSpareBandwidth) this.#look();
  }

  #take(ear: VadWorker): void {
    if (this.#closed || !this.#wanted) {
      ear.close();
      return;
    }
    this.#vad = ear;
    if (this.#sensitivity) ear.sensitivity = this.#sensitivity;
    this.audio.connectVad(ear);
  }

  #drop(): void {
    if (!this.#vad) return;
    this.audio.connectVad(null);
    this.#vad.close();
    this.#vad = null;
  }

  readonly #onEcho = (): void => {
    if (++this.#echoes === ECHOES) this.onEchoing();
  };
}
