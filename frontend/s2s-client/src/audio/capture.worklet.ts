/**
 * Turns microphone audio into 20 ms frames of PCM16 at 16 kHz, with 12 bytes left free for the header, and feeds the VAD in
 * shorter steps.
 */
import { HEADER_BYTES, INPUT_RATE, INPUT_SAMPLES } from "../types/wire.gen";
import { writeSamples } from "./pcm";
import { Rechunker } from "./rechunker";
import { CAPTURE_PROCESSOR, VAD_SAMPLES, type FromCapture, type ToCapture } from "./workletProtocol";
import { Resampler } from "./resampler";

class CaptureProcessor extends AudioWorkletProcessor {
  readonly #resampler = sampleRate === INPUT_RATE ? null : new Resampler(sampleRate, INPUT_RATE);
  #ear: MessagePort | null = null;
  readonly #frames = new Rechunker(INPUT_SAMPLES, (samples) => {
    this.#emit(samples);
  });
  readonly #hops = new Rechunker(VAD_SAMPLES, (samples) => {
    this.#ear?.postMessage(samples.slice());
  });

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
    this.#hops.pushSamples(samples);
    this.#frames.pushSamples(samples);
  }

  #emit(samples: Float32Array): void {
    const frame = new ArrayBuffer(HEADER_BYTES + 2 * INPUT_SAMPLES);
    writeSamples(frame, samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / INPUT_SAMPLES;
    const message: FromCapture = { frame, rms: Math.sqrt(power), atMs: Date.now() };
    this.port.postMessage(message, [frame]);
  }
}

registerProcessor(CAPTURE_PROCESSOR, CaptureProcessor);
