/** A call's sound as Opus in WebM, made by the browser's own encoder. Fetched when it is asked for. */
import { ArrayBufferTarget, Muxer } from "webm-muxer";
import type { CallAudio } from "../audioTrack";
import { CHANNELS, interleaved, WAV_RATE } from "../wav";

/** Two voices, each on its own side: more is not heard. */
const BITS_PER_S = 64_000;
const CHUNK_SAMPLES = WAV_RATE;
/** So many chunks wait for the encoder at most: a long call must not be in memory twice. */
const MAX_QUEUED = 8;
const CONFIG: AudioEncoderConfig = { codec: "opus", sampleRate: WAV_RATE, numberOfChannels: CHANNELS, bitrate: BITS_PER_S };

/** The file. Rejects where the encoder fails. */
export async function opusFile(sound: CallAudio, durationMs: number): Promise<ArrayBuffer> {
  const target = new ArrayBufferTarget();
  const muxer = new Muxer({ target, audio: { codec: "A_OPUS", numberOfChannels: CHANNELS, sampleRate: WAV_RATE } });
  let fault: DOMException | null = null as DOMException | null;
  const encoder = new AudioEncoder({
    output: (chunk, meta) => {
      muxer.addAudioChunk(chunk, meta);
    },
    error: (reason) => {
      fault = reason;
    },
  });
  encoder.configure(CONFIG);
  const samples = Math.round((durationMs * WAV_RATE) / 1000);
  for (let from = 0; from < samples && fault === null; from += CHUNK_SAMPLES) {
    const count = Math.min(CHUNK_SAMPLES, samples - from);
    const timestamp = Math.round((1_000_000 * from) / WAV_RATE);
    const data = new AudioData({ format: "s16", sampleRate: WAV_RATE, numberOfFrames: count, numberOfChannels: CHANNELS, timestamp, data: interleaved(sound, from, count) });
    encoder.encode(data);
    data.close();
    if (encoder.encodeQueueSize > MAX_QUEUED) await room(encoder);
  }
  if (fault === null) await encoder.flush();
  if (fault !== null) throw fault;
  encoder.close();
  muxer.finalize();
  return target.buffer;
}

function room(encoder: AudioEncoder): Promise<void> {
  return new Promise((resolve) => {
    encoder.addEventListener("dequeue", () => { resolve(); }, { once: true });
  });
}
