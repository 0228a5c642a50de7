/** Plays a recorded call from any point: both voices, the person a little to the left, the AI a little to the right. */
import { interleaved, WAV_RATE } from "../wav";
import type { CallAudio } from "../audioTrack";

/** Made ready ahead in pieces of this length, one while the other sounds. */
const PIECE_S = 5;
const NEAR = 0.8;
const FAR = 0.35;

export class Player {
  #context: AudioContext | null = null;
  #sources: AudioBufferSourceNode[] = [];
  #fromMs = 0;
  /** By the context's clock; null while it stands. */
  #startedS: number | null = null;

  constructor(
    private readonly sound: CallAudio,
    private readonly durationMs: number,
    private readonly onChange: (playing: boolean) => void,
  ) {}

  get playing(): boolean {
    return this.#startedS !== null;
  }

  get positionMs(): number {
    if (this.#startedS === null || !this.#context) return this.#fromMs;
    const passedMs = 1000 * Math.max(0, this.#context.currentTime - this.#startedS);
    return Math.min(this.durationMs, this.#fromMs + passedMs);
  }

  /** Call it in a click. */
  play(): void {
    if (this.playing) return;
    if (this.#fromMs >= this.durationMs) this.#fromMs = 0;
    this.#context ??= new AudioContext({ sampleRate: WAV_RATE });
    void this.#context.resume();
    this.#startedS = this.#context.currentTime + 0.03;
    this.#schedule(this.#context, 0);
    this.#schedule(this.#context, 1);
    this.onChange(true);
  }

  pause(): void {
    if (!this.playing) return;
    this.#fromMs = this.positionMs;
    this.#stop();
    this.onChange(false);
  }

  seek(ms: number): void {
    const { playing } = this;
    this.#stop();
    this.#fromMs = Math.min(this.durationMs, Math.max(0, ms));
    if (playing) this.play();
  }

  close(): void {
    this.#stop();
    void this.#context?.close();
    this.#context = null;
  }

  /** Lays the piece `index` after the start of playing into the time to come. */
  #schedule(context: AudioContext, index: number): void {
    const startedS = this.#startedS;
    const from = Math.round((this.#fromMs * WAV_RATE) / 1000) + index * PIECE_S * WAV_RATE;
    const count = Math.min(PIECE_S * WAV_RATE, Math.round((this.durationMs * WAV_RATE) / 1000) - from);
    if (startedS === null || count <= 0) return;
    const source = new AudioBufferSourceNode(context, { buffer: this.#buffer(from, count) });
    source.connect(context.destination);
    source.onended = () => {
      if (!this.#sources.includes(source)) return;
      this.#sources = this.#sources.filter((one) => one !== source);
      this.#schedule(context, index + 2);
      if (this.#sources.length === 0) this.#finish();
    };
    this.#sources.push(source);
    source.start(startedS + index * PIECE_S);
  }

  #buffer(from: number, count: number): AudioBuffer {
    const both = interleaved(this.sound, from, count);
    const buffer = new AudioBuffer({ numberOfChannels: 2, length: count, sampleRate: WAV_RATE });
    const [left, right] = [buffer.getChannelData(0), buffer.getChannelData(1)];
    for (let at = 0; at < count; at++) {
      const person = (both[2 * at] as number) / 32_768;
      const ai = (both[2 * at + 1] as number) / 32_768;
      left[at] = NEAR * person + FAR * ai;
      right[at] = NEAR * ai + FAR * person;
    }
    return buffer;
  }

  #finish(): void {
    this.#fromMs = this.durationMs;
    this.#stop();
    this.onChange(false);
  }

  #stop(): void {
    const sources = this.#sources;
    this.#sources = [];
    this.#startedS = null;
    sources.forEach((source) => {
      source.stop();
    });
  }
}
