/** Keeps a call on the microphone and loudspeaker that the user chose, while devices come and go. */
import type { AudioProcessor } from "../services/audioProcessor";
import { listDevices, onDevicesChanged } from "../services/media/devices";
import { type MicProcessing, openMicrophone } from "../services/media/microphone";
import type { Failure } from "../types";
import { CallFailure, failure } from "../shared/callErrors";
import type { SettingsStore } from "../state/settings";

type Remark = (words: Pick<Failure, "message" | "hint">) => void;

const GONE = { message: "Mic disconnected.", hint: "Plug it back in, or keep going by typing." };
const REPLACED = { message: "Mic disconnected. Switched to another one.", hint: "You can pick one in Settings." };
const LOUDSPEAKER_GONE = { message: "Speaker disconnected. Switched to another one.", hint: "You can pick one in Settings." };
const NO_LOUDSPEAKER = { message: "That speaker couldn’t be used.", hint: "Still playing on the previous one. You can pick another in Settings." };

export class DeviceManager {
  #microphone = "";
  #processing = "";
  /** The call has a microphone. */
  #isOpen = false;
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
    await this.audio.startCapture(await this.#openMicrophone(this.settings.getSnapshot().microphone));
    this.#isOpen = true;
  }

  /** Opens the microphone of a call that began without one; false, with a remark, if it cannot. */
  async tryOpen(): Promise<boolean> {
    try {
      await this.open();
      return true;
    } catch (reason) {
      this.remark(reason instanceof CallFailure ? reason.failure : failure("microphone-failed"));
      return false;
    }
  }

  /** Applies the current settings. */
  applySettings(): void {
    this.#inTurn(async () => {
      const settings = this.settings.getSnapshot();
      const { microphone, loudspeaker } = settings;
      if (loudspeaker !== this.#loudspeaker) await this.#useLoudspeaker(loudspeaker);
      if (this.#isOpen && (microphone !== this.#microphone || processingOf(settings) !== this.#processing)) await this.#useMicrophone(microphone);
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
    if (this.#isOpen && there && this.audio.microphoneId !== microphone) await this.#useMicrophone(microphone);
    const sounds = (wanted: string): boolean => loudspeakers.some(({ id }) => id === wanted);
    if (sounds(loudspeaker)) await this.#useLoudspeaker(loudspeaker);
    else if (this.#loudspeaker !== "" && !sounds(this.#loudspeaker)) {
      await this.#useLoudspeaker("");
      this.remark(LOUDSPEAKER_GONE);
    }
  }

  #openMicrophone(id: string): Promise<MediaStream> {
    const settings = this.settings.getSnapshot();
    this.#microphone = id;
    this.#processing = processingOf(settings);
    return openMicrophone(id, settings);
  }

  async #useMicrophone(id: string): Promise<boolean> {
    try {
      this.audio.switchMicrophone(await this.#openMicrophone(id));
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

const processingOf = ({ echoCancellation, noiseSuppression, autoGain }: MicProcessing): string => [echoCancellation, noiseSuppression, autoGain].join();
