/** The browser's own Opus through WebCodecs, with low delay. Without it, all audio stays PCM. */
import { FRAME_MS, INPUT_RATE, INPUT_SAMPLES, OPUS_UP_BITS_PER_S, OUTPUT_RATE, OUTPUT_SAMPLES } from "../../types/wire.gen";

export interface CodecCallbacks<Made> {
  /** Called once for each input, in order. */
  readonly onOutput: (made: Made) => void;
  /** The codec has failed. */
  readonly onFault: (why: string) => void;
}

export interface PacketEncoder {
  /** 20 ms of PCM16LE at 16 kHz. */
  encode(pcm: ArrayBuffer): void;
  close(): void;
}

export interface PacketDecoder {
  /** Decodes a packet of 20 ms into 480 samples at 24 kHz, +-1. */
  decode(packet: Uint8Array<ArrayBuffer>): void;
  close(): void;
}

/** Creates encoders and decoders; tests use their own. */
export interface OpusCodec {
  readonly isSupported: () => Promise<boolean>;
  readonly createEncoder: (events: CodecCallbacks<Uint8Array<ArrayBuffer>>) => PacketEncoder;
  readonly createDecoder: (events: CodecCallbacks<Float32Array<ArrayBuffer>>) => PacketDecoder;
}

/** `application` and `signal` are newer than the compiler's library. */
type Opus = OpusEncoderConfig & { readonly application: "lowdelay"; readonly signal: "voice" };

const FRAME_US = 1000 * FRAME_MS;
const OPUS: Opus = { frameDuration: FRAME_US, complexity: 5, application: "lowdelay", signal: "voice" };
const ENCODER: AudioEncoderConfig = {
  codec: "opus",
  sampleRate: INPUT_RATE,
  numberOfChannels: 1,
  bitrate: OPUS_UP_BITS_PER_S,
  bitrateMode: "variable",
  opus: OPUS,
};
const DECODER: AudioDecoderConfig = { codec: "opus", sampleRate: OUTPUT_RATE, numberOfChannels: 1 };

/**
 * Whether encoding and decoding work, tested with a frame of silence because browsers may claim more than they do. Firefox also
 * needs up to 0.7 s for its very first frame, which no answer should have to wait for. A browser that never finishes counts as
 * unsupported.
 */
async function isSupported(): Promise<boolean> {
  const { AudioEncoder: encoder, AudioDecoder: decoder } = globalThis as Partial<Pick<typeof globalThis, "AudioEncoder" | "AudioDecoder">>;
  if (!encoder || !decoder) return false;
  try {
    const found = await Promise.all([encoder.isConfigSupported(ENCODER), decoder.isConfigSupported(DECODER)]);
    return found.every(({ supported }) => supported) && (await roundTrip());
  } catch (reason) {
    console.info("S2S: this browser does not know our Opus.", reason);
    return false;
  }
}

function roundTrip(): Promise<boolean> {
  return new Promise((resolve) => {
    const onFault = (why: string): void => {
      console.info(`S2S: this browser's Opus does not work: ${why}`);
      end(false);
    };
    const end = (good: boolean): void => {
      encoder.close();
      decoder.close();
      resolve(good);
    };
    const decoder = createDecoder({
      onOutput: () => {
        end(true);
      },
      onFault,
    });
    const encoder = createEncoder({
      onOutput: (packet) => {
        decoder.decode(packet);
      },
      onFault,
    });
    encoder.encode(new ArrayBuffer(2 * INPUT_SAMPLES));
  });
}

function createEncoder(events: CodecCallbacks<Uint8Array<ArrayBuffer>>): PacketEncoder {
  let atUs = 0;
  const codec = new AudioEncoder({
    output: (chunk) => {
      const packet = new Uint8Array(chunk.byteLength);
      chunk.copyTo(packet);
      events.onOutput(packet);
    },
    error: (reason) => {
      events.onFault(String(reason));
    },
  });
  codec.configure(ENCODER);
  return {
    encode: (data) => {
      const format = { format: "s16", sampleRate: INPUT_RATE, numberOfFrames: INPUT_SAMPLES, numberOfChannels: 1 } as const;
      const sound = new AudioData({ ...format, timestamp: atUs, data });
      atUs += FRAME_US;
      codec.encode(sound);
      sound.close();
    },
    close: () => {
      if (codec.state !== "closed") codec.close();
    },
  };
}

function createDecoder(events: CodecCallbacks<Float32Array<ArrayBuffer>>): PacketDecoder {
  let atUs = 0;
  const codec = new AudioDecoder({
    output: (sound) => {
      const made = at24kHz(sound);
      sound.close();
      // A browser that dropped samples would shift everything after them.
      if (made?.length === OUTPUT_SAMPLES) events.onOutput(made);
      else events.onFault(`${made?.length ?? "no"} samples of a packet`);
    },
    error: (reason) => {
      events.onFault(String(reason));
    },
  });
  codec.configure(DECODER);
  return {
    decode: (data) => {
      codec.decode(new EncodedAudioChunk({ type: "key", timestamp: atUs, duration: FRAME_US, data }));
      atUs += FRAME_US;
    },
    close: () => {
      if (codec.state !== "closed") codec.close();
    },
  };
}

/** Converts decoder output from 48 kHz. The encoded audio is limited to 12 kHz, so every second sample can be dropped. */
function at24kHz(sound: AudioData): Float32Array<ArrayBuffer> | null {
  const step = sound.sampleRate / OUTPUT_RATE;
  if (!Number.isInteger(step)) return null;
  const all = new Float32Array(sound.numberOfFrames);
  sound.copyTo(all, { planeIndex: 0, format: "f32-planar" });
  return step === 1 ? all : Float32Array.from({ length: all.length / step }, (_, at) => all[at * step] ?? 0);
}

export const BROWSER_OPUS: OpusCodec = { isSupported, createEncoder, createDecoder };
