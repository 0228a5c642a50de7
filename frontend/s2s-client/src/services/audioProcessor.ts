/** Turns microphone audio into frames and frames into sound. Owns both audio contexts; nothing passes through React. */
import captureUrl from "../audio/capture.worklet.ts?worker&url";
import playbackUrl from "../audio/playback.worklet.ts?worker&url";
import type { Robustness } from "../audio/jitterTarget";
import {
  CAPTURE_PROCESSOR,
  PLAYBACK_PROCESSOR,
  type FromCapture,
  type FromPlayback,
  type MutedLevel,
  type SoundedFrame,
  type ToCapture,
  type ToPlayback,
} from "../audio/workletProtocol";
import { INPUT_RATE, OUTPUT_RATE } from "../types";
import { CallFailure } from "../shared/callErrors";
import { isInsecureOrigin } from "../shared/secureOrigin";
import { keepAudioRunning } from "./media/audioContextResume";

export interface AudioEvents {
  /** 20 ms of microphone audio; not called while muted. */
  readonly onCapture: (captured: FromCapture) => void;
  /** How loud 20 ms of muted sound were; only where `setMuted` asked for it. */
  readonly onMutedLevel: (level: MutedLevel) => void;
  /** `atMs` is when the audio leaves the loudspeaker, as far as the browser knows its own delay. */
  readonly onPlayed: (played: FromPlayback) => void;
  /** What sounds, 20 ms each, while recording. `atMs` as above, for the last sample. */
  readonly onSounded: (sounded: SoundedFrame) => void;
  /** The microphone was unplugged or taken away. */
  readonly onMicrophoneLost: () => void;
  /** The loudspeaker was unplugged or taken away. */
  readonly onLoudspeakerLost: () => void;
  /** The browser holds the audio back until the user touches the page, or releases it again. */
  readonly onHeldBack: (held: boolean) => void;
}

const START_LIMIT_MS = 10_000;

export class AudioProcessor {
  readonly #playback: AudioContext;
  readonly #voice: AnalyserNode;
  #capture: AudioContext | null = null;
  #source: MediaStreamAudioSourceNode | null = null;
  #recorder: AudioWorkletNode | null = null;
  #microphone: AnalyserNode | null = null;
  #player: AudioWorkletNode | null = null;
  #stream: MediaStream | null = null;
  /** Said to the worklet before it was loaded. */
  #unsent: ToPlayback[] = [];
  #muted = false;
  /** The microphone's level is read although it is muted. */
  #metered = false;
  #closed = false;

  /** Call it in the click itself: browsers let only a gesture start sound. */
  constructor(private readonly events: AudioEvents) {
    // Browsers hide worklets, as they hide the microphone, from pages that came over http from another machine.
    if (typeof AudioWorkletNode === "undefined") throw new CallFailure(isInsecureOrigin() ? "insecure-origin" : "audio-unsupported");
    this.#playback = new AudioContext({ sampleRate: OUTPUT_RATE, latencyHint: "interactive" });
    this.#playback.addEventListener("error", events.onLoudspeakerLost);
    this.#voice = analyser(this.#playback);
    // The one connection to the loudspeaker; the end-to-end tests listen in here.
    this.#voice.connect(this.#playback.destination);
  }

  /** Makes the loudspeaker ready; may run while the person still looks at the microphone prompt. Throws CallFailure. */
  startPlayback(): Promise<void> {
    return startWithinLimit(this.#startPlayback());
  }

  /** Takes over the microphone and starts capturing. Throws CallFailure. */
  startCapture(stream: MediaStream): Promise<void> {
    if (!this.#adopt(stream)) return Promise.reject(new CallFailure("microphone-failed"));
    return startWithinLimit(this.#startCapture(stream));
  }

  /** Switches to another microphone in mid-call and releases the old one. Nothing else changes. */
  switchMicrophone(stream: MediaStream): void {
    if (!this.#capture || !this.#microphone || !this.#recorder || !this.#adopt(stream)) return;
    const source = this.#capture.createMediaStreamSource(stream);
    this.#source?.disconnect();
    this.#source = source;
    source.connect(this.#microphone);
    source.connect(this.#recorder);
  }

  /**
   * Selects the loudspeaker, where the browser lets a page choose. Empty means the system default. Rejects if the device is
   * gone.
   */
  async chooseLoudspeaker(id: string): Promise<void> {
    const context = this.#playback as AudioContext & { sinkId?: unknown; setSinkId?(id: string): Promise<void> };
    if (!context.setSinkId || context.state === "closed" || (context.sinkId ?? "") === id) return;
    await context.setSinkId(id);
  }

  /** The browser's id of the microphone in use. */
  get microphoneId(): string {
    return this.#stream?.getAudioTracks()[0]?.getSettings().deviceId ?? "";
  }

  setVolume(gain: number): void {
    this.#post({ kind: "volume", gain });
  }

  /** Sets how much audio the jitter buffer holds before playing. */
  setRobustness(wish: Robustness): void {
    this.#post({ kind: "aim", wish });
  }

  /** Ducks the model audio or restores it, for the talk button. The VAD ducks on speech without it. */
  setDucking(on: boolean): void {
    this.#post({ kind: "duck", how: on ? "full" : "none" });
  }

  /** Connects the VAD to both worklets; null disconnects it and restores the volume. */
  connectVad(ear: { microphone(): MessagePort; loudspeaker(): MessagePort } | null): void {
    const microphone = ear?.microphone() ?? null;
    this.#tellCapture({ kind: "ear", port: microphone }, microphone ? [microphone] : []);
    this.#post({ kind: "ear", port: ear?.loudspeaker() ?? null });
  }

  /** Plays an audio frame from the network, header included. The buffer is transferred. */
  play(frame: ArrayBuffer): void {
    this.#post({ kind: "frame", frame });
  }

  /** Silences `turn` and older ones within one render quantum. */
  flush(turn: number): void {
    this.#post({ kind: "flush", turn });
  }

  endTurn(turn: number, voiceMs: number): void {
    this.#post({ kind: "end", turn, voiceMs });
  }

  /** Starts or stops reporting what sounds, for the call's recording. */
  setRecording(on: boolean): void {
    this.#post({ kind: "record", on });
  }

  /** `metered`: the level is still read, so that speech can be noticed; else the browser gives silence. */
  setMuted(muted: boolean, metered: boolean): void {
    this.#muted = muted;
    this.#metered = metered;
    this.#tellCapture({ kind: "mute", on: muted });
    this.#stream?.getAudioTracks().forEach((track) => {
      track.enabled = this.#listens;
    });
  }

  get #listens(): boolean {
    return !this.#muted || this.#metered;
  }

  #tellCapture(message: ToCapture, transfer: Transferable[] = []): void {
    this.#recorder?.port.postMessage(message, transfer);
  }

  readMicrophone(out: Uint8Array<ArrayBuffer>): void {
    if (this.#microphone && !this.#muted) this.#microphone.getByteFrequencyData(out);
    else out.fill(0);
  }

  readVoice(out: Uint8Array<ArrayBuffer>): void {
    this.#voice.getByteFrequencyData(out);
  }

  /** Releases the microphone and both contexts. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#releaseStream();
    const contexts = [this.#playback, this.#capture].filter((context) => context !== null);
    await Promise.all(contexts.filter((context) => context.state !== "closed").map((context) => context.close()));
  }

  #adopt(stream: MediaStream): boolean {
    this.#releaseStream();
    this.#stream = stream;
    if (this.#closed) {
      this.#releaseStream();
      return false;
    }
    stream.getAudioTracks().forEach((track) => {
      track.enabled = this.#listens;
      track.addEventListener("ended", this.events.onMicrophoneLost);
    });
    return true;
  }

  #releaseStream(): void {
    this.#stream?.getTracks().forEach((track) => {
      track.removeEventListener("ended", this.events.onMicrophoneLost);
      track.stop();
    });
  }

  async #startPlayback(): Promise<void> {
    await this.#playback.audioWorklet.addModule(playbackUrl);
    const player = new AudioWorkletNode(this.#playback, PLAYBACK_PROCESSOR, {
      numberOfInputs: 0,
      outputChannelCount: [1],
    });
    player.port.onmessage = ({ data }: MessageEvent<FromPlayback | SoundedFrame>) => {
      const delayMs = outputDelayMs(this.#playback);
      const atMs = data.atMs + delayMs;
      if (data.kind === "sounded") this.events.onSounded({ ...data, atMs });
      else this.events.onPlayed({ ...data, atMs });
    };
    player.connect(this.#voice);
    this.#player = player;
    this.#unsent.forEach((message) => {
      this.#post(message);
    });
    this.#unsent = [];
    await keepAudioRunning(this.#playback, this.events.onHeldBack);
  }

  async #startCapture(stream: MediaStream): Promise<void> {
    const { context, source } = microphoneSource(stream);
    this.#capture = context;
    await context.audioWorklet.addModule(captureUrl);
    const recorder = new AudioWorkletNode(context, CAPTURE_PROCESSOR, {
      channelCount: 1,
      channelCountMode: "explicit",
      outputChannelCount: [1],
    });
    recorder.port.onmessage = ({ data }: MessageEvent<FromCapture | MutedLevel>) => {
      // What was captured before the worklet knew of a change is dropped.
      if (data.frame && !this.#muted) this.events.onCapture(data);
      else if (!data.frame && this.#muted) this.events.onMutedLevel(data);
    };
    this.#microphone = analyser(context);
    this.#source = source;
    this.#recorder = recorder;
    this.#tellCapture({ kind: "mute", on: this.#muted });
    source.connect(this.#microphone);
    source.connect(recorder);
    // Its output is silent; without a path to the destination some browsers never run the node.
    recorder.connect(context.destination);
    await keepAudioRunning(context);
  }

  #post(message: ToPlayback): void {
    if (this.#player) this.#player.port.postMessage(message, transferOf(message));
    else this.#unsent.push(message);
  }
}

/** The output latency: how much later the user hears a sample. */
function outputDelayMs(context: AudioContext): number {
  // Asked for its latency, Firefox 153 on Linux waits for the sound server, sometimes forever, and blocks the page: 4 of 6
  // Firefoxes of `make firefox` froze, and none since it is not asked. When it answered, it was 25 to 27 ms.
  if (CSS.supports("-moz-appearance", "none")) return 25;
  return (context.outputLatency || context.baseLatency) * 1000;
}

/** Opens the microphone at 16 kHz where the browser can, else at the device's rate; the worklet then resamples. */
function microphoneSource(stream: MediaStream): { context: AudioContext; source: MediaStreamAudioSourceNode } {
  const wished = new AudioContext({ sampleRate: INPUT_RATE, latencyHint: "interactive" });
  try {
    return { context: wished, source: wished.createMediaStreamSource(stream) };
  } catch (reason) {
    // Older Firefox refuses to connect a microphone to a context with another rate.
    void wished.close();
    if (!(reason instanceof DOMException) || reason.name !== "NotSupportedError") throw reason;
    const context = new AudioContext({ latencyHint: "interactive" });
    return { context, source: context.createMediaStreamSource(stream) };
  }
}

function transferOf(message: ToPlayback): Transferable[] {
  if (message.kind === "frame") return [message.frame];
  return message.kind === "ear" && message.port ? [message.port] : [];
}

function analyser(context: AudioContext): AnalyserNode {
  return new AnalyserNode(context, { fftSize: 512, smoothingTimeConstant: 0.65, minDecibels: -85, maxDecibels: -20 });
}

/** Waits with a limit: without any audio device some browsers never settle `resume()`. */
async function startWithinLimit(work: Promise<void>): Promise<void> {
  let timer = 0;
  const limit = new Promise<never>((_, reject) => {
    timer = window.setTimeout(() => {
      reject(new Error(`sound did not start within ${START_LIMIT_MS} ms`));
    }, START_LIMIT_MS);
  });
  try {
    await Promise.race([work, limit]);
  } catch (reason) {
    throw new CallFailure("audio-unsupported", { cause: reason });
  } finally {
    clearTimeout(timer);
  }
}
