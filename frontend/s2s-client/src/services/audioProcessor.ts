/** Microphone to frames, frames to loudspeaker. Owns both audio contexts; nothing of it passes through React. */
import captureUrl from "../audio/capture.worklet.ts?worker&url";
import playbackUrl from "../audio/playback.worklet.ts?worker&url";
import type { Robustness } from "../audio/jitterTarget";
import {
  CAPTURE_PROCESSOR,
  PLAYBACK_PROCESSOR,
  type FromCapture,
  type FromPlayback,
  type SoundedFrame,
  type ToCapture,
  type ToPlayback,
} from "../audio/workletProtocol";
import { INPUT_RATE, OUTPUT_RATE } from "../types";
import { CallFailure } from "../shared/callErrors";
import { keepAudioRunning } from "./media/audioContextResume";

export interface AudioEvents {
  /** 20 ms of the microphone; not called while muted. */
  readonly onCapture: (captured: FromCapture) => void;
  /** `atMs` is when the sound leaves the loudspeaker, as far as the browser knows its own delay. */
  readonly onPlayed: (played: FromPlayback) => void;
  /** What sounds, 20 ms each, while it is recorded. `atMs` as above, for the last sample. */
  readonly onSounded: (sounded: SoundedFrame) => void;
  /** The microphone was unplugged or taken away. */
  readonly onMicrophoneLost: () => void;
  /** The loudspeaker was unplugged or taken away. */
  readonly onLoudspeakerLost: () => void;
  /** The browser holds the sound back until the person touches the page, or lets it out again. */
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
  #closed = false;

  /** Call it in the click itself: browsers let only a gesture start sound. */
  constructor(private readonly events: AudioEvents) {
    if (typeof AudioWorkletNode === "undefined") throw new CallFailure("audio-unsupported");
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

  /** Takes the microphone over and starts to listen. Throws CallFailure. */
  startCapture(stream: MediaStream): Promise<void> {
    if (!this.#adopt(stream)) return Promise.reject(new CallFailure("microphone-failed"));
    return startWithinLimit(this.#startCapture(stream));
  }

  /** Another microphone in mid-call; the old one is released. Nothing else changes. */
  switchMicrophone(stream: MediaStream): void {
    if (!this.#capture || !this.#microphone || !this.#recorder || !this.#adopt(stream)) return;
    const source = this.#capture.createMediaStreamSource(stream);
    this.#source?.disconnect();
    this.#source = source;
    source.connect(this.#microphone);
    source.connect(this.#recorder);
  }

  /** Where the browser lets a page choose. Empty means the system's loudspeaker. Rejects where that one is gone. */
  async chooseLoudspeaker(id: string): Promise<void> {
    const context = this.#playback as AudioContext & { sinkId?: unknown; setSinkId?(id: string): Promise<void> };
    if (!context.setSinkId || context.state === "closed" || (context.sinkId ?? "") === id) return;
    await context.setSinkId(id);
  }

  /** The id of the microphone in use, as the browser knows it. */
  get microphoneId(): string {
    return this.#stream?.getAudioTracks()[0]?.getSettings().deviceId ?? "";
  }

  setVolume(gain: number): void {
    this.#post({ kind: "volume", gain });
  }

  /** How much voice is to lie ready before it plays. */
  setRobustness(wish: Robustness): void {
    this.#post({ kind: "aim", wish });
  }

  /** Quieter, or as before; for a press of the talk button. A voice is noticed by the ear itself. */
  setDucking(on: boolean): void {
    this.#post({ kind: "duck", how: on ? "full" : "none" });
  }

  /** Joins the ear to both worklets; null takes it away, and the voice is as loud as before. */
  connectVad(ear: { microphone(): MessagePort; loudspeaker(): MessagePort } | null): void {
    const microphone = ear?.microphone() ?? null;
    const message: ToCapture = { kind: "ear", port: microphone };
    this.#recorder?.port.postMessage(message, microphone ? [microphone] : []);
    this.#post({ kind: "ear", port: ear?.loudspeaker() ?? null });
  }

  /** A voice frame from the network, header included. The buffer is handed over. */
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

  /** Tells what sounds from now on, for the call's record, or no longer. */
  setRecording(on: boolean): void {
    this.#post({ kind: "record", on });
  }

  setMuted(muted: boolean): void {
    this.#muted = muted;
    this.#stream?.getAudioTracks().forEach((track) => {
      track.enabled = !muted;
    });
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
      track.enabled = !this.#muted;
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
    recorder.port.onmessage = (event: MessageEvent<FromCapture>) => {
      if (!this.#muted) this.events.onCapture(event.data);
    };
    this.#microphone = analyser(context);
    this.#source = source;
    this.#recorder = recorder;
    source.connect(this.#microphone);
    source.connect(recorder);
    // Its output is silent; without a way to the destination some browsers never run the node.
    recorder.connect(context.destination);
    await keepAudioRunning(context);
  }

  #post(message: ToPlayback): void {
    if (this.#player) this.#player.port.postMessage(message, transferOf(message));
    else this.#unsent.push(message);
  }
}

/** How much later the ear hears it. */
function outputDelayMs(context: AudioContext): number {
  // Asked for its latency, Firefox 153 on Linux waits for the sound server, sometimes without end, and the page with it:
  // 4 of 6 Firefoxes of `make firefox` froze, and none since it is not asked. Where it answered it was 25 to 27 ms.
  if (CSS.supports("-moz-appearance", "none")) return 25;
  return (context.outputLatency || context.baseLatency) * 1000;
}

/** At 16 kHz where the browser can, else at the microphone's own rate; the worklet then brings it down. */
function microphoneSource(stream: MediaStream): { context: AudioContext; source: MediaStreamAudioSourceNode } {
  const wished = new AudioContext({ sampleRate: INPUT_RATE, latencyHint: "interactive" });
  try {
    return { context: wished, source: wished.createMediaStreamSource(stream) };
  } catch (reason) {
    // Older Firefox refuses to connect a microphone to a context of another rate.
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
  return new AnalyserNode(context, { fftSize: 512, smoothingTimeConstant: 0.75, minDecibels: -85, maxDecibels: -20 });
}

/** Without any sound device some browsers never settle `resume()`. */
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
