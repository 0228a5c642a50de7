/** The app's session: calls with recording, latency, cost, image sharing and resume after a reload. Independent of React. */
import { CallArchive } from "../features/recording/callArchive";
import { Insights } from "../features/insights/insights";
import { PageApi, type SessionChoices, type SavedReport } from "../services/pageApi";
import { MediaKeys } from "../services/media/mediaKeys";
import { ImageSharing } from "../features/sharing/imageSharing";
import { MutedSpeech } from "../audio/mutedSpeech";
import type { CallObservers } from "./callOptions";
import { Choices } from "./choices";
import { CallController, type CallControllerOptions } from "./callController";
import { CallFailure } from "../shared/callErrors";
import { type Deletion, deleteEverything } from "./deletion";
import { PersistedCalls } from "./persistedCall";
import { SignIn } from "./signIn";
import { storage } from "../state/settings";
import { sessionOf } from "../state/sessionState";

/** What the UI may use of a conversation. */
export type Conversation = Pick<GeminiSession, keyof GeminiSession>;

/** A page that crashes saves nothing, so the state it leaves behind is at most this old. */
const SAVE_MS = 2_000;

export class GeminiSession extends CallController {
  /** The recordings: of the running call, the last one, and those kept on this device. */
  readonly calls: CallArchive;
  /** Latency and cost, of this call and in total. */
  readonly insight: Insights;
  /** Images, camera and screen shared with the model. */
  readonly imageSharing: ImageSharing;
  /** What proves who calls. */
  readonly signIn: SignIn;
  /** What the gateway has told before a call. */
  readonly choices: Choices;
  readonly #api: PageApi;
  readonly #mediaKeys = new MediaKeys();
  readonly #persisted: PersistedCalls;
  #saving = 0;
  /** Name of the running call's lock. */
  #lock = "";
  #unlock: (() => void) | null = null;

  /** Settings and costs are kept on this device, a resumable call in this tab. */
  constructor(options: CallControllerOptions) {
    const [device, tab] = [storage(), storage("tab")];
    const choices: Choices = new Choices(() => api.sessionChoices());
    const signIn: SignIn = new SignIn(choices.load, device, tab);
    const api = new PageApi(options.apiUrl, signIn.getToken);
    super(options, device, api);
    this.#api = api;
    this.choices = choices;
    this.signIn = signIn;
    this.store.subscribe(() => {
      const state = this.getSnapshot();
      if (state.status === "failed") signIn.onFailure(state.failure);
    });
    this.calls = new CallArchive(this.store, this.settings);
    this.insight = new Insights(device, tab);
    this.#persisted = new PersistedCalls(tab, device);
    this.imageSharing = new ImageSharing(this.store, api);
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
    const saved = await this.#api.saveReport(session, note);
    await this.#keepKeyOf(session);
    return saved;
  };

  /** Deletes everything of this person, here and at the service. Ends the running call. */
  readonly deleteEverything = async (): Promise<Deletion> => {
    const { calls, settings, insight, signIn } = this;
    const done = deleteEverything({ calls, settings, insight, signIn, forget: (more) => this.#api.forget(more) });
    this.end();
    this.store.dispatch({ type: "forget" });
    return done;
  };

  /** With the key, the person can have the report deleted later. Without a place for it on this device, they can until the page ends. */
  async #keepKeyOf(session: string): Promise<void> {
    const key = this.#api.keyOf(session);
    try {
      if (key) await (await this.calls.reportKeys()).add(key);
    } catch (fault) {
      console.info("S2S: the key of the reported call is not kept on this device.", fault);
    }
  }

  /** Looks once, at page load, for the previous page's conversation. True if one is resumed. */
  readonly resume = async (): Promise<boolean> => {
    if (this.call) return false;
    const saved = this.settings.getSnapshot().resume ? this.#persisted.findRecent(Date.now()) : null;
    const isElsewhere = saved !== null && (await isHeldElsewhere(saved.lock));
    if (!saved || isElsewhere) {
      if (this.getSnapshot().status === "idle") this.#forgetCall();
      return false;
    }
    this.#lock = saved.lock;
    await this.startCall(saved);
    return true;
  };

  /** Voices and tools to choose from. Throws CallFailure. */
  readonly offers = (): Promise<SessionChoices> => this.choices.load();

  /** A sentence in that voice, as a WAV file. Throws CallFailure. */
  readonly voiceSample = (voice: string): Promise<ArrayBuffer> => this.#api.voiceSample(voice);

  /** Headers that prove who calls. Throws CallFailure. */
  readonly callerHeaders = (): Promise<Record<string, string>> => this.#api.callerHeaders();

  /** Current playback position of the sounding turn, for captions in step with the audio. Null in silence. */
  readonly playbackPosition = () => this.call?.playbackPosition(Date.now()) ?? null;

  protected override createObservers(): CallObservers {
    this.insight.startCall();
    return { recorder: this.calls.startRecording(Date.now()), insight: this.insight, mutedSpeech: new MutedSpeech() };
  }

  /** During a call: takes the headset buttons, saves the state for a reload if enabled, and locks out other tabs. */
  protected override onCallStarted(): void {
    this.#mediaKeys.acquire();
    this.#saving = window.setInterval(this.#save, SAVE_MS);
    this.#lock ||= `s2s-call-${newId()}`;
    const locks = (navigator as { locks?: LockManager }).locks;
    void locks?.request(this.#lock, () => new Promise<void>((settle) => (this.#unlock = settle)));
  }

  protected override onCallEnded(): void {
    this.#mediaKeys.release();
    clearInterval(this.#saving);
    this.#unlock?.();
    this.#unlock = null;
    this.#lock = "";
    this.#forgetCall();
  }

  /** No page will resume the call, so nothing of it is kept. */
  #forgetCall(): void {
    this.#persisted.remove();
    this.insight.forgetSessions();
  }

  readonly #save = (): void => {
    const status = this.getSnapshot().status;
    const call = status === "live" && this.settings.getSnapshot().resume ? this.call?.toPersisted(Date.now(), this.#lock) : null;
    if (call) this.#persisted.save(call);
  };
}

/** Whether another tab continues the call: this one was duplicated from it. */
async function isHeldElsewhere(name: string): Promise<boolean> {
  const locks = (navigator as { locks?: LockManager }).locks;
  return (await locks?.request(name, { ifAvailable: true }, (lock) => lock === null)) ?? false;
}

/** Not the browser's UUID: pages that did not come over https or from this machine have none. */
const newId = (): string => Math.random().toString(36).slice(2, 12);
