/** The app's session: calls, and all that goes along with them: their record, times and costs, pictures, a reload. Knows no React. */
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

/** What the screen may know of a conversation. */
export type Conversation = Pick<GeminiSession, keyof GeminiSession>;

/** A page that crashes says nothing: what it would have left behind is at most so old. */
const SAVE_MS = 2_000;
/** One tab at a time holds it: a second one must not take the conversation of the first away. */
const LOCK = "s2s-call";

export class GeminiSession extends CallController {
  /** What was said and heard: of the call that runs, of the last one, and of those kept on this device. */
  readonly calls: CallArchive;
  /** Waiting times and costs, of this call and in all. */
  readonly insight: Insights;
  /** Pictures, camera and screen, shown to the AI. */
  readonly imageSharing: ImageSharing;
  readonly #mediaKeys = new MediaKeys();
  readonly #persisted: PersistedCalls;
  readonly #api: GatewayApi;
  #saving = 0;
  #unlock: (() => void) | null = null;

  /** Choices, costs and a call to come back to are kept on this device. */
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

  /** The warning was read. */
  readonly ignoreWarning = (): void => {
    this.store.dispatch({ type: "warned", warning: null });
  };

  /** The offer of speaker mode was read and refused. */
  readonly ignoreEcho = (): void => {
    this.store.dispatch({ type: "echoing", echoing: false });
  };

  /** With the person's consent: saves what was recorded of this conversation, or of the last one. Throws CallFailure. */
  readonly report = async (note: string): Promise<SavedReport> => {
    const session = sessionOf(this.store.getSnapshot());
    if (session === null) throw new CallFailure("report-too-late");
    return this.#api.saveReport(session, note);
  };

  /** Looks once, at the page's start, for the conversation of the page before it. True where one is gone on with. */
  readonly resume = async (): Promise<boolean> => {
    if (this.call || !this.settings.getSnapshot().resume) return false;
    const saved = this.#persisted.findRecent(Date.now());
    if (!saved || (await isHeldElsewhere())) return false;
    await this.startCall(saved);
    return true;
  };

  /** Voices and functions to choose from. Throws CallFailure. */
  readonly offers = (): Promise<SessionChoices> => this.#api.sessionChoices();

  /** A sentence in that voice, as a WAV file. Throws CallFailure. */
  readonly voiceSample = (voice: string): Promise<ArrayBuffer> => this.#api.voiceSample(voice);

  /** What was heard so far of the turn that sounds; for captions that keep step. Null in silence. */
  readonly playbackPosition = () => this.call?.playbackPosition(Date.now()) ?? null;

  protected override createObservers(): CallObservers {
    this.insight.startCall();
    return { recorder: this.calls.startRecording(Date.now()), insight: this.insight };
  }

  /** While a call lasts: a headset's buttons are ours, what a reload needs is kept, if wished, and other tabs leave it alone. */
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
