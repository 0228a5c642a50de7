/** The VAD worker's logic: aligns microphone and playback audio, and decides on ducking. Pure. */
import type { Ducking } from "../gain";
import { Resampler } from "../resampler";
import { INPUT_RATE, OUTPUT_RATE, OUTPUT_SAMPLES } from "../../types/wire.gen";
import { Ducker } from "./ducking";
import { VoiceDetector, type VoiceReport, HOP_MS } from "./voiceDetector";

/** 60 ms. More means that the two clocks have drifted apart: then only one frame is kept. */
const MAX_WAITING = 0.06 * INPUT_RATE;
const KEPT_WAITING = 0.02 * INPUT_RATE;
/** Half a second of our own playback that sounds like a person: an echo that the browser does not cancel. */
const ECHO_HOPS = Math.round(500 / HOP_MS);
const SILENCE = new Float32Array(OUTPUT_SAMPLES);

export interface VadPipelineEvents {
  /** How much to duck from now on. */
  readonly onDucking: (how: Ducking) => void;
  /** A person speaks over the model audio, or no longer does. */
  readonly onDucked: (on: boolean) => void;
  /** At most once per answer. */
  readonly onEcho: () => void;
}

export class VadPipeline {
  readonly detector: VoiceDetector;
  readonly #ducker = new Ducker();
  readonly #resampler = new Resampler(OUTPUT_RATE, INPUT_RATE);
  /** Played samples not yet aligned with the microphone. */
  #waiting = new Float32Array(0);
  #speaking = false;
  #ducking: Ducking = "none";
  #echoHops = 0;

  constructor(
    weights: ArrayBuffer,
    private readonly events: VadPipelineEvents,
  ) {
    this.detector = new VoiceDetector(weights);
  }

  /** Takes 20 ms at 24 kHz that were played, null for silence. `speaking`: in mid-answer, including pauses. */
  processPlayed(pcm: Float32Array | null, speaking: boolean): void {
    if (!speaking) this.#echoHops = 0;
    this.#speaking = speaking;
    const more = this.#resampler.process(pcm ?? SILENCE);
    const all = new Float32Array(this.#waiting.length + more.length);
    all.set(this.#waiting);
    all.set(more, this.#waiting.length);
    this.#waiting = all.length > MAX_WAITING ? all.slice(-KEPT_WAITING) : all;
  }

  /** Takes the next microphone samples at 16 kHz. */
  processMicrophone(mic: Float32Array): void {
    const played = new Float32Array(mic.length);
    played.set(this.#waiting.subarray(0, mic.length));
    this.#waiting = this.#waiting.slice(mic.length);
    this.detector.processAudio(mic, played).forEach((report) => {
      this.#react(report);
    });
  }

  #react({ voice, perhaps, echo }: VoiceReport): void {
    const before = this.#ducking;
    this.#ducking = this.#ducker.update({ voice, perhaps, speaking: this.#speaking }, HOP_MS);
    if (this.#ducking !== before) this.events.onDucking(this.#ducking);
    const [spoken, speaks] = [before === "full", this.#ducking === "full"];
    if (speaks !== spoken) this.events.onDucked(speaks);
    if (echo && this.#speaking && ++this.#echoHops === ECHO_HOPS) this.events.onEcho();
  }
}
