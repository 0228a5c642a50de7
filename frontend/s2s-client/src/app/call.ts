/** One conversation from the click to the end: connects microphone, transport and loudspeaker to the store. */
import type { FromCapture, FromPlayback, MutedLevel } from "../audio/workletProtocol";
import { readHeader, turnIsAfter } from "../audio/pcm";
import { SpeechMeter } from "../audio/speechMeter";
import { AudioProcessor } from "../services/audioProcessor";
import { CallWakeLock } from "../services/media/wakeLock";
import { openTransport } from "../services/transport/openTransport";
import type { Transport } from "../services/transport/transport";
import { HEADER_BYTES, OUTPUT_SAMPLES, type Failure, type Notice, type Phase, type ToBrowser } from "../types";
import { ResponseLatency } from "../state/responseLatency";
import { DeviceManager } from "./deviceManager";
import { failure } from "../shared/callErrors";
import { HalfDuplex } from "../state/halfDuplex";
import { PlaybackPosition } from "../state/playbackPosition";
import { LocalVad } from "./localVad";
import { PushToTalk } from "../state/pushToTalk";
import type { EarlierCall, PersistedCall } from "./persistedCall";
import { isManualTurnTaking } from "./sessionOptions";
import type { SettingsStore } from "../state/settings";
import type { CallOptions, CallObservers } from "./callOptions";
import { transportOptionsOf } from "./transportOptions";
import { linesOf, type SessionStore } from "../state/sessionState";
import { type Ending, goesOn, isEnding, isWarning, type Renewal, TOOK_OVER, warningOf } from "../state/limitWarnings";

export class Call {
  readonly audio: AudioProcessor;
  readonly #transport: Transport;
  readonly #meter = new SpeechMeter();
  readonly #mutedSpeech: CallObservers["mutedSpeech"];
  #newestTurn: number | null = null;
  readonly #position = new PlaybackPosition();
  /** The last turn whose audio is over, played to its end or silenced. */
  #overTurn: number | null = null;
  /** The answer that was interrupted before it sounded, until the gateway has reacted. */
  #refusedTurn: number | null = null;
  /** The connection was lost and restored, and the gateway has not reported its phase since. */
  #reconnected = false;
  /** A new session has replaced a lost one and has not sent `ready` yet. */
  #replaced: Renewal | null = null;
  readonly #latency = new ResponseLatency();
  readonly #settings: SettingsStore;
  readonly #devices: DeviceManager;
  readonly #vad: LocalVad;
  readonly #wakeLock: CallWakeLock;
  readonly #halfDuplex = new HalfDuplex();
  /** Present in push-to-talk mode. */
  readonly #pushToTalk: PushToTalk | null;
  readonly #stopSettings: () => void;
  readonly #recorder: CallObservers["recorder"];
  readonly #insight: CallObservers["insight"];
  /** Capture time and level of frames that wait for the talk button. */
  readonly #capturedFrames = new WeakMap<ArrayBuffer, Pick<FromCapture, "rms" | "atMs">>();
  #sounding = false;
  #muted = false;
  #hasMicrophone: boolean;
  #heldBack = false;

  constructor(
    options: CallOptions,
    private readonly store: SessionStore,
    private readonly onFailure: (reason: Failure) => void,
    private readonly onHangUp: () => void,
    /** The gateway has ended the conversation because of a limit. */
    private readonly onEnding: (reason: Ending) => void,
  ) {
    const { settings, saved } = options;
    this.#settings = settings;
    this.#hasMicrophone = !options.typing;
    this.#newestTurn = saved?.turn ?? null;
    this.#recorder = options.recorder;
    this.#insight = options.insight;
    this.#mutedSpeech = options.mutedSpeech;
    this.audio = new AudioProcessor({
      onCapture: this.#onCapture,
      onMutedLevel: this.#onMutedLevel,
      onPlayed: this.#onPlayed,
      onSounded: (sounded) => this.#recorder?.recordPlayedAudio(sounded),
      onMicrophoneLost: () => {
        this.#pushToTalk?.stop();
        this.#devices.onMicrophoneLost();
      },
      onLoudspeakerLost: () => { this.#devices.refresh(); },
      onHeldBack: (held) => {
        this.#heldBack = held;
        store.dispatch({ type: "held-back", held });
      },
    });
    this.#devices = new DeviceManager(this.audio, settings, (failure) => { store.dispatch({ type: "remark", failure }); });
    const onEchoing = (): void => { store.dispatch({ type: "echoing", echoing: true }); };
    this.#vad = new LocalVad(this.audio, onEchoing, () => { this.#insight?.onDucked(); });
    this.#wakeLock = new CallWakeLock({
      onToggleMicrophone: () => {
        if (this.#hasMicrophone) this.setMuted(!this.#muted);
      },
      onHangUp: this.onHangUp,
    });
    this.#pushToTalk = isManualTurnTaking(settings.getSnapshot(), saved)
      ? new PushToTalk({
          mark: (mark) => { this.#transport.sendControl({ type: "activity", mark }); },
          send: (frame) => { this.#send(frame); },
        })
      : null;
    this.#transport = this.#open(options);
    if (options.typing) this.#tellMicrophone();
    this.#stopSettings = settings.subscribe(this.#apply);
    window.addEventListener("pagehide", this.#onPageHide);
  }

  #open(options: CallOptions): Transport {
    return openTransport(transportOptionsOf(options, this.store), {
      onStep: (step) => { this.store.dispatch({ type: "step", step }); },
      onConnected: (connection) => { this.store.dispatch({ type: "connected", connection }); },
      onOutage: (outage) => {
        this.#reconnected = true;
        this.store.dispatch({ type: "away", outage });
      },
      onSessionLost: () => { this.cutOffAnswer(); },
      onSessionReplaced: this.#onSessionReplaced, onSpareBandwidth: this.#vad.onSpareBandwidth,
      onAudio: this.#onAudio,
      onControl: this.#onControl,
      onLost: this.onFailure,
    });
  }

  /** Opens microphone and session in parallel; speech before the connection is open is queued and sent. */
  async start(): Promise<void> {
    if (this.#recorder?.keepsSound) this.audio.setRecording(true);
    const microphone = this.#hasMicrophone ? this.#openMicrophone() : null;
    await Promise.all([this.audio.startPlayback(), microphone, this.#transport.open()]);
    this.store.dispatch({ type: "step", step: "greeting" });
    this.#apply();
  }

  interrupt(): void {
    const turn = this.#newestTurn;
    const sounds = turn !== null && turn !== this.#overTurn;
    if (sounds) {
      this.#insight?.onInterrupt();
      this.audio.flush(turn);
    }
    // While nothing sounds, the pending answer is meant: it will have the next number; the first one is 1.
    const meant = sounds ? turn : ((turn ?? 0) + 1) & 0xffff;
    if (!sounds) this.#refusedTurn = meant;
    this.#transport.sendControl({ type: "interrupt", turn: meant });
    const heardMs = this.#position.reportedMs(turn);
    this.store.dispatch({ type: "interrupted", turn: sounds ? turn : null, heardMs });
  }

  /** Sends a typed line. The gateway shows it in the transcript, as it does with speech. */
  sendText(text: string): void {
    this.#latency.onTextSent(Date.now());
    this.#insight?.onTextSent();
    this.#transport.sendControl({ type: "text", text });
  }

  /** Gives a call without a microphone one, or says why there is none. */
  async turnOnMicrophone(): Promise<void> {
    if (this.#hasMicrophone || !(await this.#devices.tryOpen())) return;
    this.#hasMicrophone = true;
    this.store.dispatch({ type: "microphone-open" });
    this.setMuted(false);
    this.#apply();
  }

  setMuted(muted: boolean): void {
    this.#muted = muted;
    if (muted) this.talk(false);
    if (muted) this.#pushToTalk?.stop();
    this.#wakeLock.showMuted(muted);
    this.audio.setMuted(muted, this.#mutedSpeech !== null && this.#settings.getSnapshot().mutedReminder);
    this.#mutedSpeech?.restart();
    this.#tellMicrophone();
    this.store.dispatch({ type: "muted", muted });
  }

  /** Presses or releases the talk button. Does nothing where speech is detected automatically. */
  talk(down: boolean): void {
    if (!this.#pushToTalk || this.#pushToTalk.held === down || (down && this.#muted)) return;
    if (down && this.#sounding) this.#insight?.onInterrupt();
    if (down) this.#pushToTalk.press();
    else this.#pushToTalk.release();
    if (this.#sounding || !down) this.audio.setDucking(down);
    this.store.dispatch({ type: "talking", talking: down });
  }

  /** Current playback position of the sounding turn, in ms; null in silence. */
  playbackPosition(nowMs: number): { readonly turn: number; readonly ms: number } | null {
    return this.#sounding ? this.#position.positionAt(nowMs) : null;
  }

  /** The state to keep for a reload; null before there is a session. */
  toPersisted(nowMs: number, lock: string): PersistedCall | null {
    const session = this.#transport.session;
    return session && { ...this.toEarlierCall(), session, savedAtMs: nowMs, lock };
  }

  /** The transcript for a call that continues this one. */
  toEarlierCall(): EarlierCall {
    const lines = linesOf(this.store.getSnapshot());
    return { session: null, lines, turn: this.#newestTurn, numbers: this.#transport.numbers, pushToTalk: this.#pushToTalk !== null, typing: !this.#hasMicrophone };
  }

  /** Records that the rest of a started answer will never come. */
  cutOffAnswer(): void {
    const turn = this.#newestTurn;
    if (turn === null || turn === this.#overTurn) return;
    this.audio.flush(turn);
    const heardMs = this.#position.reportedMs(turn);
    this.store.dispatch({ type: "cut-off", turn, heardMs });
  }

  /** Makes the next attempt to reconnect now. */
  tryNow(): void {
    this.#transport.tryNow();
  }

  /** Tells a gateway that is about to end an idle session that the user is still there. */
  stay(): void {
    this.#tellMicrophone();
    this.store.dispatch({ type: "warned", warning: null });
  }

  close(): void {
    this.#stopSettings();
    this.#devices.close();
    this.#vad.close();
    this.#wakeLock.close();
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

  /** A call without a microphone is to the gateway one with a muted microphone. */
  #tellMicrophone(): void {
    this.#transport.sendControl({ type: "mic", muted: this.#muted || !this.#hasMicrophone });
  }

  readonly #onPageHide = (): void => {
    if (this.#settings.getSnapshot().resume) this.#transport.leave();
    else this.#transport.close();
  };

  /** Applies the settings that can change in mid-call. */
  readonly #apply = (): void => {
    const chosen = this.#settings.getSnapshot();
    this.audio.setVolume(chosen.volume);
    this.audio.setRobustness(chosen.robustness);
    this.#vad.applySettings(chosen, this.#pushToTalk !== null || !this.#hasMicrophone);
    this.#devices.applySettings();
    if (chosen.speakerMode) this.store.dispatch({ type: "echoing", echoing: false });
  };

  readonly #onCapture = ({ frame, rms, atMs }: FromCapture): void => {
    this.#capturedFrames.set(frame, { rms, atMs });
    const deaf = this.#settings.getSnapshot().speakerMode && this.#halfDuplex.processFrame(this.#sounding);
    // Silence is sent instead of nothing: upstream detects the end of an utterance by the silence after it.
    if (deaf) new Uint8Array(frame, HEADER_BYTES).fill(0);
    else this.#meter.processFrame(rms, atMs);
    if (this.#pushToTalk) this.#pushToTalk.processFrame(frame);
    else this.#send(frame);
    if (this.#meter.lastSpeechMs === atMs) this.#insight?.onSpeech(atMs);
  };

  readonly #onMutedLevel = ({ rms, atMs }: MutedLevel): void => {
    const speaks = this.#mutedSpeech?.processFrame(rms, atMs, this.#sounding) ?? false;
    const state = this.store.getSnapshot();
    if (state.status === "live" && state.speaksMuted !== speaks) this.store.dispatch({ type: "speaks-muted", speaks });
  };

  #send(frame: ArrayBuffer): void {
    const captured = this.#capturedFrames.get(frame);
    if (captured) this.#recorder?.recordMicrophone(new Int16Array(frame, HEADER_BYTES), captured.rms, captured.atMs);
    this.#transport.sendAudio(frame);
  }

  readonly #onAudio = (frame: ArrayBuffer): void => {
    const header = readHeader(frame, OUTPUT_SAMPLES);
    if (!header) return;
    const { turn } = header;
    this.#insight?.onAudio(turn, header.clockMs);
    if (this.#newestTurn === null || turnIsAfter(turn, this.#newestTurn)) this.#newestTurn = turn;
    // In flight when the button was pressed: the gateway's flush follows.
    if (turn !== this.#refusedTurn) this.audio.play(frame);
  };

  readonly #onPlayed = ({ kind, turn, ms, atMs }: FromPlayback): void => {
    if (this.#position.isDue({ kind, turn, ms, atMs })) this.#transport.sendControl({ type: "played", turn, ms });
    this.#recorder?.onPlayed({ kind, turn, ms }, atMs);
    if (kind === "first" || kind === "progress") this.#sounding = true;
    else this.#sounding = false;
    if (kind === "first") {
      if (this.#pushToTalk?.held) this.audio.setDucking(true);
      const latencyMs = this.#latency.onFirstSound(atMs, this.#meter.lastSpeechMs);
      this.#insight?.onPlayed({ kind, turn, atMs }, latencyMs);
      this.store.dispatch({ type: "voice-started", turn, latencyMs });
    } else if (kind !== "progress") {
      this.#overTurn = turn;
      this.#insight?.onPlayed({ kind, turn, atMs });
      this.store.dispatch({ type: "voice-stopped", turn });
    }
  };

  readonly #onControl = (message: ToBrowser): void => {
    if (message.type === "flush") this.audio.flush(message.turn);
    if (message.type === "state") this.#onPhase(message.phase);
    if (message.type === "turn_end") this.audio.endTurn(message.turn, message.voice_ms);
    this.store.dispatch({ type: "message", message });
    this.#insight?.onMessage(message);
    if (message.type === "notice") this.#handleNotice(message);
    if (message.type === "ready" && this.#replaced) {
      this.store.dispatch({ type: "message", message: goesOn(this.#replaced) });
      this.#replaced = null;
    }
    // After an outage it was most likely this page's own lost connection.
    if (message.type === "ready" && message.took_over && !this.#reconnected) this.store.dispatch({ type: "message", message: TOOK_OVER });
    if (message.type === "ready" && this.#heldBack) this.store.dispatch({ type: "held-back", held: true });
    if (message.type === "upstream" && message.status === "refused") {
      this.onFailure(failure("upstream-refused", "", "", message.detail));
    }
  };

  #handleNotice(notice: Notice): void {
    if (isWarning(notice)) this.store.dispatch({ type: "warned", warning: warningOf(notice, Date.now()) });
    if (isEnding(notice)) this.onEnding(notice);
  }

  /** Brings a new session up to date: it knows the transcript, but not this page's state. */
  readonly #onSessionReplaced = (why: Renewal): void => {
    this.#replaced = why;
    this.#refusedTurn = null;
    if (this.#muted || !this.#hasMicrophone) this.#tellMicrophone();
    this.#pushToTalk?.repeatMark();
  };

  /** Handles a phase change. Audio lost with the connection may include the end of the turn, so it ends with what arrived. */
  #onPhase(phase: Phase): void {
    // While the phase is "speaking", the gateway has not processed the interrupt yet.
    if (phase !== "speaking") this.#refusedTurn = null;
    const wasAway = this.#reconnected;
    this.#reconnected = false;
    if (wasAway && phase === "listening" && this.#newestTurn !== null) this.audio.endTurn(this.#newestTurn, Infinity);
  }
}
