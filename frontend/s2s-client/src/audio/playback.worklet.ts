/** Runs the jitter buffer on the render thread: takes frames, plays them, and reports what was heard. */
import { FLAG_LAST_OF_TURN, OUTPUT_SAMPLES } from "../types/wire.gen";
import { Gain } from "./gain";
import { readHeader, readSamples } from "./pcm";
import { PlayoutTap } from "./playoutTap";
import { PlayoutBuffer } from "./playoutBuffer";
import { PLAYBACK_PROCESSOR, type FromPlayback, type PlayedAudio, type SoundedFrame, type ToPlayback } from "./workletProtocol";

class PlaybackProcessor extends AudioWorkletProcessor {
  readonly #buffer = new PlayoutBuffer((report) => {
    const message: FromPlayback = { ...report, atMs: Date.now() };
    this.port.postMessage(message);
  });

  readonly #loudness = new Gain();
  readonly #played = new Float32Array(OUTPUT_SAMPLES);
  #filled = 0;
  #ear: MessagePort | null = null;
  #tap: PlayoutTap | null = null;

  constructor() {
    super();
    this.port.onmessage = (event: MessageEvent<ToPlayback>) => {
      this.#take(event.data);
    };
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const mono = outputs[0]?.[0];
    if (!mono) return true;
    this.#buffer.pull(mono);
    this.#tap?.pushSamples(mono, currentFrame);
    this.#loudness.apply(mono);
    if (this.#ear) this.#tell(mono, this.#ear);
    return true;
  }

  #tell(samples: Float32Array, ear: MessagePort): void {
    let from = 0;
    while (from < samples.length) {
      const count = Math.min(samples.length - from, OUTPUT_SAMPLES - this.#filled);
      this.#played.set(samples.subarray(from, from + count), this.#filled);
      this.#filled += count;
      from += count;
      if (this.#filled < OUTPUT_SAMPLES) return;
      this.#filled = 0;
      const pcm = this.#played.some((sample) => sample !== 0) ? this.#played.slice() : null;
      const message: PlayedAudio = { pcm, speaking: this.#buffer.speaking };
      ear.postMessage(message);
    }
  }

  #take(message: ToPlayback): void {
    switch (message.kind) {
      case "frame":
        this.#push(message.frame);
        break;
      case "flush":
        this.#buffer.flush(message.turn);
        break;
      case "end":
        this.#buffer.endTurn(message.turn, message.voiceMs);
        break;
      case "record":
        this.#tap = message.on ? new PlayoutTap(this.#sounded) : null;
        break;
      case "volume":
        this.#loudness.volume = message.gain;
        break;
      case "duck":
        this.#loudness.ducking = message.how;
        break;
      case "aim":
        this.#buffer.target.setRobustness(message.wish);
        break;
      case "ear":
        this.#listenTo(message.port);
    }
  }

  readonly #sounded = (pcm: Int16Array<ArrayBuffer>, frame: number): void => {
    const message: SoundedFrame = { kind: "sounded", pcm, frame, atMs: Date.now() };
    this.port.postMessage(message, [pcm.buffer]);
  };

  /** Listens to the VAD, which ducks playback directly instead of through the page. */
  #listenTo(port: MessagePort | null): void {
    this.#ear = port;
    this.#loudness.ducking = "none";
    if (port) {
      port.onmessage = (event: MessageEvent<ToPlayback>) => {
        this.#take(event.data);
      };
    }
  }

  #push(frame: ArrayBuffer): void {
    const header = readHeader(frame, OUTPUT_SAMPLES);
    if (!header) return;
    const last = (header.flags & FLAG_LAST_OF_TURN) !== 0;
    this.#buffer.push({ turn: header.turn, seq: header.seq, last, pcm: readSamples(frame) });
  }
}

registerProcessor(PLAYBACK_PROCESSOR, PlaybackProcessor);
