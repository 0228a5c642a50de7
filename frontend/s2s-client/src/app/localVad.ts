/** The ear of a call: there while it is wanted, and the judge of whether the loudspeaker is heard too often. */
import type { AudioProcessor } from "../services/audioProcessor";
import { EarService } from "../services/media/vadWorker";
import type { Settings } from "../state/settings";

/** One answer with an echo may be a chance; two are a room. */
const ECHOES = 2;

export class LocalEar {
  #ear: EarService | null = null;
  #opening = false;
  #wanted = false;
  #closed = false;
  /** null: not known yet. */
  #spare: boolean | null = null;
  #sensitivity: Settings["sensitivity"] | null = null;
  #loading = new AbortController();
  #echoes = 0;

  constructor(
    private readonly audio: AudioProcessor,
    private readonly onEchoing: () => void,
    /** Somebody speaks over the voice. */
    private readonly onDucked: () => void = () => undefined,
  ) {}

  /** `manual`: the person marks their speech, so nobody needs to find it. */
  apply({ bargeIn, sensitivity, speakerMode }: Settings, manual: boolean): void {
    this.#wanted = bargeIn && !speakerMode && !manual;
    this.#sensitivity = sensitivity;
    this.#look();
    if (!this.#wanted) this.#drop();
    if (this.#ear) this.#ear.sensitivity = sensitivity;
  }

  /** Whether the line has room for 490 kB beside the conversation; where it has not, only what is here already is used. */
  readonly spare = (spare: boolean): void => {
    if (!spare) this.#loading.abort();
    this.#spare = spare;
    this.#look();
  };

  #look(): void {
    if (this.#wanted && this.#spare !== null && !this.#ear && !this.#opening && !this.#closed) void this.#open(this.#spare);
  }

  close(): void {
    this.#closed = true;
    this.#loading.abort();
    this.#ear?.close();
    this.#ear = null;
  }

  async #open(spare: boolean): Promise<void> {
    this.#opening = true;
    this.#loading = new AbortController();
    const { signal } = this.#loading;
    try {
      const ear = await EarService.open({ cachedOnly: !spare, signal }, { onDucked: (on) => { if (on) this.onDucked(); }, onEcho: this.#onEcho });
      if (this.#closed || !this.#wanted) {
        ear.close();
        return;
      }
      this.#ear = ear;
      if (this.#sensitivity) ear.sensitivity = this.#sensitivity;
      this.audio.listen(ear);
    } catch (fault) {
      // The gateway finds an interruption, too, only later.
      if (spare && !signal.aborted) console.warn("S2S: the voice will not get quieter by itself when you speak over it.", fault);
    } finally {
      this.#opening = false;
    }
    // The line has changed meanwhile.
    if (spare !== this.#spare) this.#look();
  }

  #drop(): void {
    if (!this.#ear) return;
    this.audio.listen(null);
    this.#ear.close();
    this.#ear = null;
  }

  readonly #onEcho = (): void => {
    if (++this.#echoes === ECHOES) this.onEchoing();
  };
}
