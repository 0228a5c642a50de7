/** Keeps a call on the microphone and loudspeaker that the user chose, while devices come and go. */
import type { AudioProcessor } from "../services/audioProcessor";
import { listDevices, onDevicesChanged } from "../services/media/devices";
import { openMicrophone } from "../services/media/microphone";
import type { Failure } from "../types";
import { CallFailure, failure } from "../shared/callErrors";
import type { SettingsStore } from "../state/settings";

type Remark = (words: Pick<Failure, "message" | "hint">) => void;

const GONE = { message: "The microphone is gone.", hint: "Plug it in again, or go on by typing." };
const REPLACED = { message: "The microphone is gone. Another one listens now.", hint: "You can choose one in the settings." };
const LOUDSPEAKER_GONE = { message: "The loudspeaker is gone. Another one sounds now.", hint: "You can choose one in the settings." };
const NO_LOUDSPEAKER = { message: "That loudspeaker could not be used.", hint: "The one before it goes on. Choose another one in the settings." };

export class DeviceManager {
  #microphone = "";
  #loudspeaker = "";
  #changing: Promise<void> = Promise.resolve();
  readonly #stop: () => void;
  #closed = false;

  constructor(
    private readonly audio: AudioProcessor,
    private readonly settings: SettingsStore,
    private readonly remark: Remark,
  ) {
    this.#stop = onDevicesChanged(() => {
      this.refresh();
    });
  }

  /** Opens the call's first microphone. Throws CallFailure. */
  async open(): Promise<void> {
    this.#microphone = this.settings.getSnapshot().microphone;
    await this.audio.startCapture(await openMicrophone(this.#microphone));
  }

  /** Applies the current settings. */
  applySettings(): void {
    this.#inTurn(async () => {
      const { microphone, loudspeaker } = this.settings.getSnapshot();
      if (loudspeaker !== this.#loudspeaker) await this.#useLoudspeaker(loudspeaker);
      if (microphone !== this.#microphone) await this.#useMicrophone(microphone);
    });
  }

  /** Switches to another microphone, if there is one, because the one in use was unplugged. */
  onMicrophoneLost(): void {
    this.#inTurn(async () => {
      const { microphones } = await listDevices();
      if (microphones.length === 0) this.remark(GONE);
      else if (await this.#useMicrophone("")) this.remark(REPLACED);
    });
  }

  /** Checks the devices: something may have been plugged in or removed. */
  refresh(): void {
    this.#inTurn(() => this.#look());
  }

  close(): void {
    this.#closed = true;
    this.#stop();
  }

  /** Switches if a chosen device was plugged in, or if the loudspeaker in use was removed. */
  async #look(): Promise<void> {
    const { microphone, loudspeaker } = this.settings.getSnapshot();
    const { microphones, loudspeakers } = await listDevices();
    const there = microphones.some(({ id }) => id === microphone);
    if (there && this.audio.microphoneId !== microphone) await this.#useMicrophone(microphone);
    const sounds = (wanted: string): boolean => loudspeakers.some(({ id }) => id === wanted);
    if (sounds(loudspeaker)) await this.#useLoudspeaker(loudspeaker);
    else if (this.#loudspeaker !== "" && !sounds(this.#loudspeaker)) {
      await this.#useLoudspeaker("");
      this.remark(LOUDSPEAKER_GONE);
    }
  }

  async #useMicrophone(id: string): Promise<boolean> {
    this.#microphone = id;
    try {
      this.audio.switchMicrophone(await openMicrophone(id));
      return true;
    } catch (reason) {
      this.remark(reason instanceof CallFailure ? reason.failure : failure("microphone-failed"));
      return false;
    }
  }

  async #useLoudspeaker(id: string): Promise<void> {
    this.#loudspeaker = id;
    try {
      await this.audio.chooseLoudspeaker(id);
    } catch (reason) {
      console.warn("S2S: the loudspeaker was refused.", reason);
      this.remark(NO_LOUDSPEAKER);
    }
  }

  /** Serializes changes: two at once could leave an unused microphone open. */
  #inTurn(change: () => Promise<void>): void {
    this.#changing = this.#changing.then(() => (this.#closed ? undefined : change()));
  }
}
