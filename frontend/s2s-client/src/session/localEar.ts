/** The ear of a call: there while it is wanted, and the judge of whether the loudspeaker is heard too often. */
import type { AudioProcessor } from "../services/audioProcessor";
import { EarService } from "../services/earService";
import type { Settings } from "./settings";

/** One answer with an echo may be a chance; two are a room. */
const ECHOES = 2;

export class LocalEar {
  #ear: EarService | null = null;
  #opening = false;
  #wanted = false;
  #closed = false;
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
    if (this.#wanted && !this.#ear && !this.#opening) void this.#open();
    if (!this.#wanted) this.#drop();
    if (this.#ear) this.#ear.sensitivity = sensitivity;
  }

  close(): void {
    this.#closed = true;
    this.#ear?.close();
    this.#ear = null;
  }

  async #open(): Promise<void> {
    this.#opening = true;
    try {
      const ear = await EarService.open({ onDucked: (on) => { if (on) this.onDucked(); }, onEcho: this.#onEcho });
      if (this.#closed || !this.#wanted) {
        ear.close();
        return;
      }
      this.#ear = ear;
      this.audio.listen(ear);
    } catch (fault) {
      // The gateway finds an interruption, too, only later.
      console.warn("S2S: the voice will not get quieter by itself when you speak over it.", fault);
    } finally {
      this.#opening = false;
    }
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
