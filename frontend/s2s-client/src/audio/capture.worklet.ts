/**
 * Turns microphone audio into 20 ms frames of PCM16 at 16 kHz, with 12 bytes left free for the header, and feeds the VAD in
 * shorter steps.
 */
import { HEADER_BYTES, INPUT_RATE, INPUT_SAMPLES } from "../types/wire.gen";
import { writeSamples } from "./pcm";
import { Rechunker } from "./rechunker";
import { CAPTURE_PROCESSOR, VAD_SAMPLES, type FromCapture, type MutedLevel, type ToCapture } from "./workletProtocol";
import { Resampler } from "./resampler";

class CaptureProcessor extends AudioWorkletProcessor {
  readonly #resampler = sampleRate === INPUT_RATE ? null : new Resampler(sampleRate, INPUT_RATE);
  #ear: MessagePort | null = null;
  #muted = false;
  readonly #frames = new Rechunker(INPUT_SAMPLES, (samples) => {
    this.#emit(samples);
  });
  readonly #hops = new Rechunker(VAD_SAMPLES, (samples) => {
    this.#ear?.postMessage(samples.slice());
  });

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<ToCapture>) => {
      if (data.kind === "mute") this.#muted = data.on;
      else this.#ear = data.port;
    };
  }

  process(inputs: Float32Array[][]): boolean {
    const mono = inputs[0]?.[0];
    if (mono) this.#take(this.#resampler?.process(mono) ?? mono);
    return true;
  }

  #take(samples: Float32Array): void {
    // Its counterpart from the loudspeaker goes on, so silence takes the place of muted sound.
    this.#hops.pushSamples(this.#muted ? new Float32Array(samples.length) : samples);
    this.#frames.pushSamples(samples);
  }

  #emit(samples: Float32Array): void {
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / INPUT_SAMPLES;
    const level = { rms: Math.sqrt(power), atMs: Date.now() };
    if (this.#muted) {
      this.port.postMessage({ frame: null, ...level } satisfies MutedLevel);
      return;
    }
    const frame = new ArrayBuffer(HEADER_BYTES + 2 * INPUT_SAMPLES);
    writeSamples(frame, samples);
    this.port.postMessage({ frame, ...level } satisfies FromCapture, [frame]);
  }
}

registerProcessor(CAPTURE_PROCESSOR, CaptureProcessor);
