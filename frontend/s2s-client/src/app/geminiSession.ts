/** The app's session: calls, and all that goes along with them: their record, times and costs, pictures, a reload. Knows no React. */
import { CallKeeper } from "../features/recording/callArchive";
import { Insight } from "../features/insights/insights";
import { GatewayApi, type Offers, type SavedReport } from "../services/gatewayApi";
import { Headset } from "../services/media/mediaKeys";
import { Showing } from "../features/sharing/imageSharing";
import type { Company } from "./callOptions";
import { Conductor, type ConductorOptions } from "./callController";
import { CallFailure } from "../shared/callErrors";
import { SavedCalls } from "./persistedCall";
import { storage } from "../state/settings";
import { sessionOf } from "../state/sessionState";

/** What the screen may know of a conversation. */
export type Conversation = Pick<GeminiSession, keyof GeminiSession>;

/** A page that crashes says nothing: what it would have left behind is at most so old. */
const SAVE_MS = 2_000;
/** One tab at a time holds it: a second one must not take the conversation of the first away. */
const LOCK = "s2s-call";

export class GeminiSession extends Conductor {
  /** What was said and heard: of the call that runs, of the last one, and of those kept on this device. */
  readonly calls: CallKeeper;
  /** Waiting times and costs, of this call and in all. */
  readonly insight: Insight;
  /** Pictures, camera and screen, shown to the AI. */
  readonly showing: Showing;
  readonly #headset = new Headset();
  readonly #saved: SavedCalls;
  readonly #api: GatewayApi;
  #saving = 0;
  #unlock: (() => void) | null = null;

  /** Choices, costs and a call to come back to are kept on this device. */
  constructor(options: ConductorOptions) {
    const shelf = storage();
    super(options, shelf);
    this.calls = new CallKeeper(this.store, this.settings);
    this.insight = new Insight(shelf);
    this.#saved = new SavedCalls(shelf);
    this.#api = new GatewayApi(options.apiUrl);
    this.showing = new Showing(this.store, options.apiUrl);
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
    return this.#api.report(session, note);
  };

  /** Looks once, at the page's start, for the conversation of the page before it. True where one is gone on with. */
  readonly resume = async (): Promise<boolean> => {
    if (this.call || !this.settings.getSnapshot().resume) return false;
    const saved = this.#saved.find(Date.now());
    if (!saved || (await isHeldElsewhere())) return false;
    await this.begin(saved);
    return true;
  };

  /** Voices and functions to choose from. Throws CallFailure. */
  readonly offers = (): Promise<Offers> => this.#api.offers();

  /** A sentence in that voice, as a WAV file. Throws CallFailure. */
  readonly voiceSample = (voice: string): Promise<ArrayBuffer> => this.#api.voiceSample(voice);

  /** What was heard so far of the turn that sounds; for captions that keep step. Null in silence. */
  readonly heard = () => this.call?.heard(Date.now()) ?? null;

  protected override company(): Company {
    this.insight.begin();
    return { recorder: this.calls.begin(Date.now()), insight: this.insight };
  }

  /** While a call lasts: a headset's buttons are ours, what a reload needs is kept, if wished, and other tabs leave it alone. */
  protected override hold(): void {
    this.#headset.hold();
    this.#saving = window.setInterval(this.#save, SAVE_MS);
    const locks = (navigator as { locks?: LockManager }).locks;
    void locks?.request(LOCK, () => new Promise<void>((settle) => (this.#unlock = settle)));
  }

  protected override forget(): void {
    this.#headset.letGo();
    clearInterval(this.#saving);
    this.#unlock?.();
    this.#unlock = null;
    this.#saved.forget();
  }

  readonly #save = (): void => {
    const status = this.getSnapshot().status;
    const call = status === "live" && this.settings.getSnapshot().resume ? this.call?.saved(Date.now()) : null;
    if (call) this.#saved.save(call);
  };
}

async function isHeldElsewhere(): Promise<boolean> {
  const locks = (navigator as { locks?: LockManager }).locks;
  return (await locks?.request(LOCK, { ifAvailable: true }, (lock) => lock === null)) ?? false;
}
