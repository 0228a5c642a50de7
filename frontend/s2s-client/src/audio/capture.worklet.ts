/** Microphone to 20 ms frames of PCM16 at 16 kHz, with 12 bytes left free in front for the header. */
import { HEADER_BYTES, INPUT_RATE, INPUT_SAMPLES } from "../types/wire.gen";
import { writeSamples } from "./pcm";
import { CAPTURE_PROCESSOR, type FromCapture, type ToCapture } from "./protocol";
import { Resampler } from "./resampler";

class CaptureProcessor extends AudioWorkletProcessor {
  readonly #resampler = sampleRate === INPUT_RATE ? null : new Resampler(sampleRate, INPUT_RATE);
  readonly #pending = new Float32Array(INPUT_SAMPLES);
  #filled = 0;
  #ear: MessagePort | null = null;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<ToCapture>) => {
      this.#ear = data.port;
    };
  }

  process(inputs: Float32Array[][]): boolean {
    const mono = inputs[0]?.[0];
    if (mono) this.#take(this.#resampler?.process(mono) ?? mono);
    return true;
  }

  #take(samples: Float32Array): void {
    let from = 0;
    while (from < samples.length) {
      const count = Math.min(samples.length - from, INPUT_SAMPLES - this.#filled);
      this.#pending.set(samples.subarray(from, from + count), this.#filled);
      this.#filled += count;
      from += count;
      if (this.#filled === INPUT_SAMPLES) this.#emit();
    }
  }

  #emit(): void {
    this.#filled = 0;
    const frame = new ArrayBuffer(HEADER_BYTES + 2 * INPUT_SAMPLES);
    writeSamples(frame, this.#pending);
    const power = this.#pending.reduce((sum, sample) => sum + sample * sample, 0) / INPUT_SAMPLES;
    const message: FromCapture = { frame, rms: Math.sqrt(power), atMs: Date.now() };
    this.port.postMessage(message, [frame]);
    this.#ear?.postMessage(this.#pending.slice());
  }
}

registerProcessor(CAPTURE_PROCESSOR, CaptureProcessor);
