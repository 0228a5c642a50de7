/** The playout buffer on the render thread: frames in, sound out, reports of what was heard. */
import { FLAG_LAST_OF_TURN, OUTPUT_SAMPLES } from "../types/wire.gen";
import { readHeader, readSamples } from "./pcm";
import { PlayoutBuffer } from "./playoutBuffer";
import { PLAYBACK_PROCESSOR, type FromPlayback, type ToPlayback } from "./protocol";

class PlaybackProcessor extends AudioWorkletProcessor {
  readonly #buffer = new PlayoutBuffer((report) => {
    const message: FromPlayback = { ...report, atMs: Date.now() };
    this.port.postMessage(message);
  });

  constructor() {
    super();
    this.port.onmessage = (event: MessageEvent<ToPlayback>) => {
      this.#take(event.data);
    };
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const mono = outputs[0]?.[0];
    if (mono) this.#buffer.pull(mono);
    return true;
  }

  #take(message: ToPlayback): void {
    if (message.kind === "flush") this.#buffer.flush(message.turn);
    else if (message.kind === "end") this.#buffer.endTurn(message.turn, message.voiceMs);
    else this.#push(message.frame);
  }

  #push(frame: ArrayBuffer): void {
    const header = readHeader(frame, OUTPUT_SAMPLES);
    if (!header) return;
    const last = (header.flags & FLAG_LAST_OF_TURN) !== 0;
    this.#buffer.push({ turn: header.turn, seq: header.seq, last, pcm: readSamples(frame) });
  }
}

registerProcessor(PLAYBACK_PROCESSOR, PlaybackProcessor);
