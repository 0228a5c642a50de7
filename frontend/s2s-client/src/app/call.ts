/** One conversation, from the click to the end: microphone, transport and loudspeaker joined to the store. */
import type { FromCapture, FromPlayback } from "../audio/workletProtocol";
import { readHeader, turnIsAfter } from "../audio/pcm";
import { SpeechMeter } from "../audio/speechMeter";
import { AudioProcessor } from "../services/audioProcessor";
import { firstFrameNumber } from "../services/transport/micSendQueue";
import { Presence } from "../services/media/wakeLock";
import { openTransport } from "../services/transport/openTransport";
import type { Transport } from "../services/transport/transport";
import { HEADER_BYTES, OUTPUT_SAMPLES, type Failure, type Notice, type Phase, type ToBrowser } from "../types";
import { AnswerTime } from "../state/responseLatency";
import { DeviceKeeper } from "./deviceManager";
import { failure } from "../shared/callErrors";
import { HalfDuplex } from "../state/halfDuplex";
import { HeardVoice } from "../state/playbackPosition";
import { LocalEar } from "./localVad";
import { PushToTalk } from "../state/pushToTalk";
import { saidSoFar } from "../state/historyForResume";
import type { Earlier, SavedCall } from "./persistedCall";
import { isManual, wishesOf } from "./sessionOptions";
import type { SettingsStore } from "../state/settings";
import type { CallOptions, Company } from "./callOptions";
import { linesOf, type SessionStore } from "../state/sessionState";
import { type Ending, goesOn, isEnding, isWarning, type Renewal, warningOf } from "../state/limitWarnings";

export class Call {
  readonly audio: AudioProcessor;
  readonly #transport: Transport;
  readonly #meter = new SpeechMeter();
  #newestTurn: number | null = null;
  readonly #heard = new HeardVoice();
  /** The last turn whose voice is over, played to its end or silenced. */
  #overTurn: number | null = null;
  /** The answer that was refused before it sounded, until the gateway has said what it made of that. */
  #refusedTurn: number | null = null;
  /** The connection was lost, and the gateway has not yet said what it is doing since. */
  #cameBack = false;
  /** A new session took the place of one that was gone, and has not yet greeted. */
  #renewed: Renewal | null = null;
  readonly #answerTime = new AnswerTime();
  readonly #settings: SettingsStore;
  readonly #devices: DeviceKeeper;
  readonly #ear: LocalEar;
  readonly #presence: Presence;
  readonly #halfDuplex = new HalfDuplex();
  /** Present where the person marks their speech. */
  readonly #pushToTalk: PushToTalk | null;
  readonly #stopSettings: () => void;
  readonly #recorder: Company["recorder"];
  readonly #insight: Company["insight"];
  /** When frames that wait for the talk button were captured, and how loud they are. */
  readonly #captured = new WeakMap<ArrayBuffer, Pick<FromCapture, "rms" | "atMs">>();
  #sounding = false;
  #muted = false;
  #heldBack = false;

  constructor(
    options: CallOptions,
    private readonly store: SessionStore,
    private readonly onFailure: (reason: Failure) => void,
    private readonly onHangUp: () => void,
    /** The gateway has ended the conversation, by one of its limits. */
    private readonly onEnding: (reason: Ending) => void,
  ) {
    const { settings, saved } = options;
    this.#settings = settings;
    this.#newestTurn = saved?.turn ?? null;
    this.#recorder = options.recorder;
    this.#insight = options.insight;
    this.audio = new AudioProcessor({
      onCapture: this.#onCapture,
      onPlayed: this.#onPlayed,
      onSounded: (sounded) => this.#recorder?.sounded(sounded),
      onMicrophoneLost: () => {
        this.#pushToTalk?.stop();
        this.#devices.lost();
      },
      onLoudspeakerLost: () => { this.#devices.look(); },
      onHeldBack: (held) => {
        this.#heldBack = held;
        store.dispatch({ type: "held-back", held });
      },
    });
    this.#devices = new DeviceKeeper(this.audio, settings, (failure) => {
      store.dispatch({ type: "remark", failure });
    });
    this.#ear = new LocalEar(this.audio, () => {
      store.dispatch({ type: "echoing", echoing: true });
    }, () => {
      this.#insight?.ducked();
    });
    this.#presence = new Presence({
      onToggleMicrophone: () => {
        this.setMuted(!this.#muted);
      },
      onHangUp: this.onHangUp,
    });
    this.#pushToTalk = isManual(settings.getSnapshot(), saved) ? this.#talkButton() : null;
    this.#transport = this.#open(options);
    this.#stopSettings = settings.subscribe(this.#apply);
    window.addEventListener("pagehide", this.#onPageHide);
  }

  #open({ apiUrl, comeBackMs, settings, saved }: CallOptions): Transport {
    const chosen = settings.getSnapshot();
    const options = {
      apiUrl,
      comeBackMs,
      firstFrame: firstFrameNumber(Date.now()),
      wishes: wishesOf(chosen, saved),
      standing: saved?.session ?? null,
      socketOnly: chosen.transport === "websocket",
      robustness: () => settings.getSnapshot().robustness, dataUse: chosen.dataUse,
      history: () => saidSoFar(linesOf(this.store.getSnapshot())),
      numbers: saved?.numbers,
    };
    return openTransport(options, {
      onStep: (step) => {
        this.store.dispatch({ type: "step", step });
      },
      onConnected: (connection) => {
        this.store.dispatch({ type: "connected", connection });
      },
      onAway: () => {
        this.#cameBack = true;
        this.store.dispatch({ type: "away" });
      },
      onGone: () => {
        this.cutOff();
      },
      onRenewed: this.#onRenewed,
      onSpare: this.#ear.spare,
      onAudio: this.#onAudio,
      onControl: this.#onControl,
      onLost: this.onFailure,
    });
  }

  /** Microphone and session are fetched side by side; words spoken meanwhile are kept and sent. */
  async start(): Promise<void> {
    if (this.#recorder) this.audio.record(true);
    await Promise.all([this.audio.startPlayback(), this.#openMicrophone(), this.#transport.open()]);
    this.store.dispatch({ type: "step", step: "greeting" });
    this.#apply();
  }

  interrupt(): void {
    const turn = this.#newestTurn;
    const sounds = turn !== null && turn !== this.#overTurn;
    if (sounds) {
      this.#insight?.pressed();
      this.audio.flush(turn);
    }
    // While nothing sounds, the answer that is waited for is meant: it will have the next number, the first one is 1.
    const meant = sounds ? turn : ((turn ?? 0) + 1) & 0xffff;
    if (!sounds) this.#refusedTurn = meant;
    this.#transport.sendControl({ type: "interrupt", turn: meant });
    const heardMs = this.#heard.of(turn);
    this.store.dispatch({ type: "interrupted", turn: sounds ? turn : null, heardMs });
  }

  /** The gateway shows it in the transcript, as it does with what is spoken. */
  sendText(text: string): void {
    this.#answerTime.typed(Date.now());
    this.#insight?.typed();
    this.#transport.sendControl({ type: "text", text });
  }

  setMuted(muted: boolean): void {
    this.#muted = muted;
    if (muted) this.talk(false);
    if (muted) this.#pushToTalk?.stop();
    this.#presence.tellMuted(muted);
    this.audio.setMuted(muted);
    this.#transport.sendControl({ type: "mic", muted });
    this.store.dispatch({ type: "muted", muted });
  }

  /** The talk button is down, or was let go. Nothing where speech is found by itself. */
  talk(down: boolean): void {
    if (!this.#pushToTalk || this.#pushToTalk.held === down || (down && this.#muted)) return;
    if (down && this.#sounding) this.#insight?.pressed();
    if (down) this.#pushToTalk.press();
    else this.#pushToTalk.release();
    if (this.#sounding || !down) this.audio.duck(down);
    this.store.dispatch({ type: "talking", talking: down });
  }

  /** What has been heard of the turn that sounds, in ms at this moment; null in silence. */
  heard(nowMs: number): { readonly turn: number; readonly ms: number } | null {
    return this.#sounding ? this.#heard.at(nowMs) : null;
  }

  /** For a reload; null before there is a session. */
  saved(nowMs: number): SavedCall | null {
    const session = this.#transport.session;
    return session && { ...this.earlier(), session, savedAtMs: nowMs };
  }

  /** For a call that goes on with what was said in this one. */
  earlier(): Earlier {
    const lines = linesOf(this.store.getSnapshot());
    return { session: null, lines, turn: this.#newestTurn, numbers: this.#transport.numbers, pushToTalk: this.#pushToTalk !== null };
  }

  /** The rest of an answer that has begun will never come. */
  cutOff(): void {
    const turn = this.#newestTurn;
    if (turn === null || turn === this.#overTurn) return;
    this.audio.flush(turn);
    const heardMs = this.#heard.of(turn);
    this.store.dispatch({ type: "cut-off", turn, heardMs });
  }

  /** A sign of life, for a gateway that thinks that nobody is there. */
  stay(): void {
    this.#transport.sendControl({ type: "mic", muted: this.#muted });
    this.store.dispatch({ type: "warned", warning: null });
  }

  close(): void {
    this.#stopSettings();
    this.#devices.close();
    this.#ear.close();
    this.#presence.close();
    window.removeEventListener("pagehide", this.#onPageHide);
    this.#transport.close();
    this.audio.close().catch((fault: unknown) => {
      console.warn("The sound did not close cleanly.", fault);
    });
  }

  async #openMicrophone(): Promise<void> {
    await this.#devices.open();
    this.store.dispatch({ type: "microphone-open" });
  }

  readonly #onPageHide = (): void => {
    if (this.#settings.getSnapshot().resume) this.#transport.leave();
    else this.#transport.close();
  };

  /** What can be changed in mid-call. */
  readonly #apply = (): void => {
    const chosen = this.#settings.getSnapshot();
    this.audio.setVolume(chosen.volume);
    this.audio.aim(chosen.robustness);
    this.#ear.apply(chosen, this.#pushToTalk !== null);
    this.#devices.apply();
    if (chosen.speakerMode) this.store.dispatch({ type: "echoing", echoing: false });
  };

  #talkButton(): PushToTalk {
    return new PushToTalk({
      mark: (mark) => {
        this.#transport.sendControl({ type: "activity", mark });
      },
      send: (frame) => {
        this.#send(frame);
      },
    });
  }

  readonly #onCapture = ({ frame, rms, atMs }: FromCapture): void => {
    this.#captured.set(frame, { rms, atMs });
    const deaf = this.#settings.getSnapshot().speakerMode && this.#halfDuplex.step(this.#sounding);
    // Silence and not nothing: upstream finds the end of a sentence by the silence after it.
    if (deaf) new Uint8Array(frame, HEADER_BYTES).fill(0);
    else this.#meter.hear(rms, atMs);
    if (this.#pushToTalk) this.#pushToTalk.hear(frame);
    else this.#send(frame);
    if (this.#meter.lastSpeechMs === atMs) this.#insight?.spoke(atMs);
  };

  #send(frame: ArrayBuffer): void {
    const captured = this.#captured.get(frame);
    if (captured) this.#recorder?.hear(new Int16Array(frame.slice(HEADER_BYTES)), captured.rms, captured.atMs);
    this.#transport.sendAudio(frame);
  }

  readonly #onAudio = (frame: ArrayBuffer): void => {
    const header = readHeader(frame, OUTPUT_SAMPLES);
    if (!header) return;
    const { turn } = header;
    this.#insight?.arrived(turn, header.clockMs);
    if (this.#newestTurn === null || turnIsAfter(turn, this.#newestTurn)) this.#newestTurn = turn;
    // On its way when the button was pressed: the gateway's flush follows.
    if (turn !== this.#refusedTurn) this.audio.play(frame);
  };

  readonly #onPlayed = ({ kind, turn, ms, atMs }: FromPlayback): void => {
    if (this.#heard.tells({ kind, turn, ms, atMs })) this.#transport.sendControl({ type: "played", turn, ms });
    this.#recorder?.played({ kind, turn, ms }, atMs);
    if (kind === "first" || kind === "progress") this.#sounding = true;
    else this.#sounding = false;
    if (kind === "first") {
      if (this.#pushToTalk?.held) this.audio.duck(true);
      const latencyMs = this.#answerTime.answered(atMs, this.#meter.lastSpeechMs);
      this.#insight?.played({ kind, turn, atMs }, latencyMs);
      this.store.dispatch({ type: "voice-started", turn, latencyMs });
    } else if (kind !== "progress") {
      this.#overTurn = turn;
      this.#insight?.played({ kind, turn, atMs });
      this.store.dispatch({ type: "voice-stopped", turn });
    }
  };

  readonly #onControl = (message: ToBrowser): void => {
    if (message.type === "flush") this.audio.flush(message.turn);
    if (message.type === "state") this.#settle(message.phase);
    if (message.type === "turn_end") this.audio.endTurn(message.turn, message.voice_ms);
    this.store.dispatch({ type: "message", message });
    this.#insight?.hear(message);
    if (message.type === "notice") this.#heed(message);
    if (message.type === "ready" && this.#renewed) {
      this.store.dispatch({ type: "message", message: goesOn(this.#renewed) });
      this.#renewed = null;
    }
    if (message.type === "ready" && this.#heldBack) this.store.dispatch({ type: "held-back", held: true });
    if (message.type === "upstream" && message.status === "refused") {
      this.onFailure(failure("upstream-refused", message.detail));
    }
  };

  #heed(notice: Notice): void {
    if (isWarning(notice)) this.store.dispatch({ type: "warned", warning: warningOf(notice, Date.now()) });
    if (isEnding(notice)) this.onEnding(notice);
  }

  /** The new session knows what was said, but not how this page stands. */
  readonly #onRenewed = (why: Renewal): void => {
    this.#renewed = why;
    this.#refusedTurn = null;
    if (this.#muted) this.#transport.sendControl({ type: "mic", muted: true });
    this.#pushToTalk?.again();
  };

  /** What the gateway sent while nobody listened is lost, perhaps the end of the voice: it ends with what is here. */
  #settle(phase: Phase): void {
    // While it says "speaking" it has not seen the refusal yet.
    if (phase !== "speaking") this.#refusedTurn = null;
    const wasAway = this.#cameBack;
    this.#cameBack = false;
    if (wasAway && phase === "listening" && this.#newestTurn !== null) this.audio.endTurn(this.#newestTurn, Infinity);
  }
}
