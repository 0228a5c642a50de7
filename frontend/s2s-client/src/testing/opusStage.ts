/** For the tests: an Opus whose packets say which samples they hold, with the real one's look-ahead. It works when told to. */
import { OPUS_LOOKAHEAD_SAMPLES, OUTPUT_SAMPLES } from "../types/wire.gen";
import type { CodecCallbacks, OpusCodec, PacketEncoder, PacketDecoder } from "../audio/opus/browserCodec";

export class FakeOpus implements OpusCodec {
  able = true;
  /** What was given and is not made yet, in order. */
  readonly #todo: (() => void)[] = [];
  readonly #faults: ((why: string) => void)[] = [];
  decoders = 0;

  readonly isSupported = (): Promise<boolean> => Promise.resolve(this.able);

  readonly createEncoder = (events: CodecCallbacks<Uint8Array<ArrayBuffer>>): PacketEncoder => {
    this.#faults.push(events.onFault);
    return {
      encode: (pcm) => {
        // Its first sample is enough to know it by.
        const packet = new Uint8Array(pcm.slice(0, 2));
        this.#todo.push(() => {
          events.onOutput(packet);
        });
      },
      close: () => undefined,
    };
  };

  /** Packet: the number of its frame's first sample, as f64; behind a tail NaN. Sound: the numbers of the samples. */
  readonly createDecoder = (events: CodecCallbacks<Float32Array<ArrayBuffer>>): PacketDecoder => {
    this.#faults.push(events.onFault);
    this.decoders++;
    let before = new Float32Array(OPUS_LOOKAHEAD_SAMPLES);
    return {
      decode: (packet) => {
        const from = new DataView(packet.buffer, packet.byteOffset).getFloat64(0);
        const own = Float32Array.from({ length: OUTPUT_SAMPLES }, (_, at) => (Number.isNaN(from) ? 0 : sampleAt(from + at)));
        const sound = new Float32Array(OUTPUT_SAMPLES);
        sound.set(before);
        sound.set(own.subarray(0, OUTPUT_SAMPLES - OPUS_LOOKAHEAD_SAMPLES), OPUS_LOOKAHEAD_SAMPLES);
        before = own.slice(-OPUS_LOOKAHEAD_SAMPLES);
        this.#todo.push(() => {
          events.onOutput(sound);
        });
      },
      close: () => undefined,
    };
  };

  /** Makes the next `count`, or all. */
  work(count = this.#todo.length): void {
    this.#todo.splice(0, count).forEach((make) => {
      make();
    });
  }

  breaks(): void {
    this.#todo.length = 0;
    this.#faults.splice(0).forEach((fault) => {
      fault("it broke");
    });
  }
}

/** The sample of that number: the number itself, so small that it survives 16 bits. */
export function sampleAt(number: number): number {
  return (number % 30_000) / 32_768;
}
