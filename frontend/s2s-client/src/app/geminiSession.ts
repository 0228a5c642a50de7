/** The app's session: calls with recording, latency, cost, image sharing and resume after a reload. Independent of React. */
import { CallArchive } from "../features/recording/callArchive";
import { Insights } from "../features/insights/insights";
import { GatewayApi, type SessionChoices, type SavedReport } from "../services/gatewayApi";
import { MediaKeys } from "../services/media/mediaKeys";
import { ImageSharing } from "../features/sharing/imageSharing";
import type { CallObservers } from "./callOptions";
import { CallController, type CallControllerOptions } from "./callController";
import { CallFailure } from "../shared/callErrors";
import { PersistedCalls } from "./persistedCall";
import { storage } from "../state/settings";
import { sessionOf } from "../state/sessionState";

/** What the UI may use of a conversation. */
export type Conversation = Pick<GeminiSession, keyof GeminiSession>;

/** A page that crashes saves nothing, so the state it leaves behind is at most this old. */
const SAVE_MS = 2_000;
/** Held by one tab at a time, so that a second tab cannot take over the first one's conversation. */
const LOCK = "s2s-call";

export class GeminiSession extends CallController {
  /** The recordings: of the running call, the last one, and those kept on this device. */
  readonly calls: CallArchive;
  /** Latency and cost, of this call and in total. */
  readonly insight: Insights;
  /** Images, camera and screen shared with the model. */
  readonly imageSharing: ImageSharing;
  readonly #mediaKeys = new MediaKeys();
  readonly #persisted: PersistedCalls;
  readonly #api: GatewayApi;
  #saving = 0;
  #unlock: (() => void) | null = null;

  /** Settings, costs and a resumable call are kept on this device. */
  constructor(options: CallControllerOptions) {
    const shelf = storage();
    super(options, shelf);
    this.calls = new CallArchive(this.store, this.settings);
    this.insight = new Insights(shelf);
    this.#persisted = new PersistedCalls(shelf);
    this.#api = new GatewayApi(options.apiUrl);
    this.imageSharing = new ImageSharing(this.store, options.apiUrl);
    window.addEventListener("pagehide", () => {
      this.#save();
    });
  }

  /** Dismisses the warning. */
  readonly ignoreWarning = (): void => {
    this.store.dispatch({ type: "warned", warning: null });
  };

  /** Dismisses the offer of speaker mode. */
  readonly ignoreEcho = (): void => {
    this.store.dispatch({ type: "echoing", echoing: false });
  };

  /** Saves the recording of this conversation, or of the last one, with the user's consent. Throws CallFailure. */
  readonly report = async (note: string): Promise<SavedReport> => {
    const session = sessionOf(this.store.getSnapshot());
    if (session === null) throw new CallFailure("report-too-late");
    return this.#api.saveReport(session, note);
  };

  /** Looks once, at page load, for the previous page's conversation. True if one is resumed. */
  readonly resume = async (): Promise<boolean> => {
    if (this.call || !this.settings.getSnapshot().resume) return false;
    const saved = this.#persisted.findRecent(Date.now());
    if (!saved || (await isHeldElsewhere())) return false;
    await this.startCall(saved);
    return true;
  };

  /** Voices and tools to choose from. Throws CallFailure. */
  readonly offers = (): Promise<SessionChoices> => this.#api.sessionChoices();

  /** A sentence in that voice, as a WAV file. Throws CallFailure. */
  readonly voiceSample = (voice: string): Promise<ArrayBuffer> => this.#api.voiceSample(voice);

  /** Current playback position of the sounding turn, for captions in step with the audio. Null in silence. */
  readonly playbackPosition = () => this.call?.playbackPosition(Date.now()) ?? null;

  protected override createObservers(): CallObservers {
    this.insight.startCall();
    return { recorder: this.calls.startRecording(Date.now()), insight: this.insight };
  }

  /** During a call: takes the headset buttons, saves the state for a reload if enabled, and locks out other tabs. */
  protected override onCallStarted(): void {
    this.#mediaKeys.acquire();
    this.#saving = window.setInterval(this.#save, SAVE_MS);
    const locks = (navigator as { locks?: LockManager }).locks;
    void locks?.request(LOCK, () => new Promise<void>((settle) => (this.#unlock = settle)));
  }

  protected override onCallEnded(): void {
    this.#mediaKeys.release();
    clearInterval(this.#saving);
    this.#unlock?.();
    this.#unlock = null;
    this.#persisted.remove();
  }

  readonly #save = (): void => {
    const status = this.getSnapshot().status;
    const call = status === "live" && this.settings.getSnapshot().resume ? this.call?.toPersisted(Date.now()) : null;
    if (call) this.#persisted.save(call);
  };
}

async function isHeldElsewhere(): Promise<boolean> {
  const locks = (navigator as { locks?: LockManager }).locks;
  return (await locks?.request(LOCK, { ifAvailable: true }, (lock) => lock === null)) ?? false;
}
