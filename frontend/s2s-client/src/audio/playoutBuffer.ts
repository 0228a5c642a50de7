/**
 * The jitter buffer between the network and the loudspeaker: turns, flushes, gaps, and what was heard. Pure.
 *
 * The gateway paces audio at most 240 ms ahead of playback, so the buffer normally holds that lead. `JitterTarget` is only what
 * must be buffered to start, or to restart after an underrun. More than the lead comes from a stall; then every second silent
 * frame is skipped until the excess is gone. Words are never skipped.
 */
import type { PlayedReport } from "../types";
import { OUTPUT_RATE, OUTPUT_SAMPLES } from "../types/wire.gen";
import { Concealment } from "./concealment";
import { JitterTarget } from "./jitterTarget";
import { turnIsAfter } from "./pcm";
import { seqDistance, TurnBuffer, type VoiceFrame } from "./turnBuffer";

const SAMPLES_PER_MS = OUTPUT_RATE / 1000;
const FADE_SAMPLES = 5 * SAMPLES_PER_MS;
const REPORT_SAMPLES = 100 * SAMPLES_PER_MS;
/** How long after `turn_end` to wait for frames in flight. */
const TAIL_WAIT_SAMPLES = 200 * SAMPLES_PER_MS;
/** The gateway's lead of 240 ms and three frames of slack. */
const EXCESS_FRAMES = 15;
const SILENCE_PEAK = 0.003;
/** 60 s; the gateway stays far below. A sender without pacing loses the rest. */
const MAX_FRAMES = 3_000;
const NOTHING = new Float32Array(0);

/** What plays now: a block of samples, how far it is played, and whether it is (partly) audio of the turn. */
interface Block {
  samples: Float32Array;
  at: number;
  counts: boolean;
}

/** What was seen of the sequence, to tell lost frames from frames that never existed. */
interface Seen {
  nextSeq: number;
  wasLast: boolean;
}

export class PlayoutBuffer {
  readonly target = new JitterTarget();
  /** Samples skipped while catching up; they count towards the position. */
  skippedSamples = 0;
  #turns: TurnBuffer[] = [];
  /** The last turn that was silenced, and how much of it was heard. */
  #gone: { turn: number; ms: number } | null = null;
  /** No frame of this turn or of an older one is played. */
  #deadThrough: number | null = null;
  #seen: Seen = { nextSeq: 0, wasLast: true };
  #flow = new Flow();

  constructor(private readonly report: (report: PlayedReport) => void) {}

  /** Takes a frame from the network. Drops frames of flushed or finished turns. */
  push(frame: VoiceFrame): void {
    const seen = this.#seen;
    if (seqDistance(frame.seq, seen.nextSeq) >= 0) {
      this.#seen = { nextSeq: (frame.seq + 1) >>> 0, wasLast: frame.last };
    }
    if (this.#isDead(frame.turn) || this.bufferedFrames >= MAX_FRAMES) return;
    this.#turn(frame.turn, seen.wasLast ? seen.nextSeq : null, frame.seq).add(frame);
  }

  /** Handles `turn_end`: nothing more will be sent of `turn`; its audio is `voiceMs` long. */
  endTurn(turn: number, voiceMs: number): void {
    if (this.#isDead(turn)) return;
    this.#turn(turn, null, null).length = Math.round(voiceMs * SAMPLES_PER_MS);
  }

  /** Flushes `turn` and older ones: fades out within 5 ms, drops the rest, and reports what was heard. */
  flush(turn: number): void {
    this.#bury(turn);
    const current = this.#turns[0];
    if (current && this.#isDead(current.turn)) {
      if (current.started) this.#fadeOut(current);
      this.#gone = { turn: current.turn, ms: heardMs(current) };
    }
    this.#turns = this.#turns.filter((voice) => !this.#isDead(voice.turn));
    this.report({ kind: "flush", turn, ms: this.#gone?.turn === turn ? this.#gone.ms : 0 });
  }

  /** Fills `out` with the next samples at 24 kHz; silence if there is no audio. */
  pull(out: Float32Array): void {
    let at = 0;
    while (at < out.length) {
      const block = this.#flow.block;
      const count = Math.min(out.length - at, block.samples.length - block.at);
      if (count > 0) {
        out.set(block.samples.subarray(block.at, block.at + count), at);
        block.at += count;
        at += count;
        if (block.counts) this.#advance(count);
      } else if (!this.#nextBlock(out.length - at)) {
        out.fill(0, at);
        return;
      }
    }
  }

  /** Whether an answer has started to play and is not over, including pauses. */
  get speaking(): boolean {
    return this.#turns[0]?.started ?? false;
  }

  get bufferedFrames(): number {
    return this.#turns.reduce((sum, voice) => sum + voice.bufferedFrames, 0);
  }

  /** Loads the next block to play; false where the rest of this pull (`idle` samples) stays silent. */
  #nextBlock(idle: number): boolean {
    const voice = this.#turns[0];
    if (!voice) return false;
    if (this.#finished(voice)) {
      this.#turns.shift();
      this.#bury(voice.turn);
      this.#gone = { turn: voice.turn, ms: heardMs(voice) };
      this.#flow.running = false;
      if (voice.started) this.report({ kind: "end", turn: voice.turn, ms: heardMs(voice) });
      return this.#turns.length > 0;
    }
    if (!this.#flow.running && !this.#mayStart(voice)) {
      const waiting = voice.bufferedFrames > 0 || voice.complete;
      this.#flow.waited = waiting ? this.#flow.waited + idle : 0;
      return false;
    }
    return this.#play(voice);
  }

  #play(voice: TurnBuffer): boolean {
    this.#flow.start();
    const next = voice.next();
    if (next === "none") {
      if (!voice.complete) this.target.onUnderrun();
      this.#flow.runDry();
      return true;
    }
    if (!voice.started) {
      voice.started = true;
      this.report({ kind: "first", turn: voice.turn, ms: 0 });
    }
    if (next === "missing") this.#flow.conceal();
    else if (this.#maySkip(voice, next.pcm)) {
      this.skippedSamples += next.pcm.length;
      this.#advance(next.pcm.length);
      this.#flow.skipped();
    } else this.#flow.voice(next.pcm);
    return true;
  }

  #maySkip(voice: TurnBuffer, pcm: Float32Array): boolean {
    return voice.bufferedFrames > EXCESS_FRAMES && this.#flow.maySkip && isSilent(pcm);
  }

  #finished(voice: TurnBuffer): boolean {
    if (voice.exhausted) return true;
    if (voice.bufferedFrames > 0) return false;
    const overtaken = this.#turns.length > 1;
    return overtaken || (voice.length !== null && this.#flow.waited >= TAIL_WAIT_SAMPLES);
  }

  #mayStart(voice: TurnBuffer): boolean {
    if (voice.bufferedFrames === 0) return false;
    const enough = this.target.ms * SAMPLES_PER_MS;
    return (
      voice.complete ||
      this.#turns.length > 1 ||
      voice.bufferedFrames * OUTPUT_SAMPLES >= enough ||
      // Audio that arrives only at the speed of speech: the wait itself protects against jitter.
      this.#flow.waited >= enough
    );
  }

  #advance(count: number): void {
    const voice = this.#turns[0];
    if (!voice) return;
    const before = Math.floor(voice.position / REPORT_SAMPLES);
    voice.position += count;
    this.target.onFramePlayed(count / SAMPLES_PER_MS);
    if (Math.floor(voice.position / REPORT_SAMPLES) > before) {
      this.report({ kind: "progress", turn: voice.turn, ms: heardMs(voice) });
    }
  }

  /** The next 5 ms of audio, fading out; they were heard, so they count. */
  #fadeOut(voice: TurnBuffer): void {
    const ahead = [...this.#flow.playRest(), ...(voice.peek()?.pcm ?? NOTHING)].slice(0, FADE_SAMPLES);
    const fading = Float32Array.from(ahead, (sample, at) => sample * (1 - at / FADE_SAMPLES));
    if (this.#flow.block.counts) voice.position += fading.length;
    this.#flow.stop(fading);
  }

  #turn(turn: number, firstSeq: number | null, seq: number | null): TurnBuffer {
    const known = this.#turns.find((voice) => voice.turn === turn);
    if (known) return known;
    const believable = firstSeq !== null && seq !== null && seqDistance(seq, firstSeq) >= 0;
    const fresh = new TurnBuffer(turn, believable ? firstSeq : null);
    const at = this.#turns.findIndex((voice) => turnIsAfter(voice.turn, turn));
    this.#turns.splice(at < 0 ? this.#turns.length : at, 0, fresh);
    return fresh;
  }

  #isDead(turn: number): boolean {
    return this.#deadThrough !== null && !turnIsAfter(turn, this.#deadThrough);
  }

  /** Marks `turn` and older ones as flushed: none of them plays again. */
  #bury(turn: number): void {
    if (!this.#isDead(turn)) this.#deadThrough = turn;
  }
}

/** What plays, what played just before, and for how long nothing did. */
class Flow {
  block: Block = { samples: NOTHING, at: 0, counts: false };
  running = false;
  /** Samples of silence since the audio stopped or ran out. */
  waited = 0;
  #before: Float32Array = NOTHING;
  #soften = false;
  /** What plays in place of lost frames, during a gap. */
  #gap: Concealment | null = null;
  #lastWasSilent = false;

  start(): void {
    this.running = true;
    this.waited = 0;
  }

  /** A silent frame after a silent one that was played: the next may be skipped without a click. */
  get maySkip(): boolean {
    return this.#lastWasSilent;
  }

  skipped(): void {
    this.#lastWasSilent = false;
    this.#gap = null;
    this.#load(NOTHING, false);
  }

  voice(pcm: Float32Array): void {
    this.#lastWasSilent = isSilent(pcm);
    this.#load(this.#soften ? fadedIn(pcm, this.#gap) : pcm, true);
    this.#soften = false;
    this.#gap = null;
  }

  /** Conceals a lost frame: continues what was heard last, fading out. */
  conceal(): void {
    this.#gap ??= new Concealment(this.#soften ? NOTHING : this.#recent());
    this.#load(this.#gap.conceal(OUTPUT_SAMPLES), true);
    this.#soften = true;
    this.#lastWasSilent = false;
  }

  /** Records an underrun in mid-turn. */
  runDry(): void {
    this.running = false;
    this.#load(this.#gap ? fadedOut(this.#gap.conceal(FADE_SAMPLES)) : this.#soften ? NOTHING : mirroredFade(this.#sounded()), false);
    this.#soften = true;
    this.#gap = null;
  }

  stop(fading: Float32Array): void {
    this.running = false;
    this.#load(fading, false);
    this.#soften = false;
    this.#gap = null;
  }

  playRest(): Float32Array {
    return this.block.samples.subarray(this.block.at);
  }

  /** The last played samples. */
  #sounded(): Float32Array {
    return this.block.samples.length > 0 ? this.block.samples : this.#before;
  }

  /** The last two blocks, joined. */
  #recent(): Float32Array {
    const [older, newer] = [this.#before, this.block.samples];
    const both = new Float32Array(older.length + newer.length);
    both.set(older);
    both.set(newer, older.length);
    return both;
  }

  #load(samples: Float32Array, counts: boolean): void {
    this.#before = this.#sounded();
    this.block = { samples, at: 0, counts };
    this.waited = 0;
  }
}

/** The position as the wire counts it: whole ms, never beyond the audio (the last frame is padded with silence). */
function heardMs(voice: TurnBuffer): number {
  return Math.floor(Math.min(voice.position, voice.length ?? voice.position) / SAMPLES_PER_MS);
}

function isSilent(pcm: Float32Array): boolean {
  return pcm.every((sample) => Math.abs(sample) < SILENCE_PEAK);
}

/** Fades in the audio after a gap: over 5 ms it replaces the concealment. */
function fadedIn(pcm: Float32Array, gap: Concealment | null): Float32Array {
  const old = gap?.conceal(FADE_SAMPLES) ?? NOTHING;
  return pcm.map((sample, at) => {
    if (at >= FADE_SAMPLES) return sample;
    const share = at / FADE_SAMPLES;
    return sample * share + (old[at] ?? 0) * (1 - share);
  });
}

function fadedOut(pcm: Float32Array): Float32Array {
  return pcm.map((sample, at) => sample * (1 - (at + 1) / pcm.length));
}

function mirroredFade(before: Float32Array): Float32Array {
  const tail = before.slice(-FADE_SAMPLES).reverse();
  return tail.map((sample, at) => sample * (1 - (at + 1) / (tail.length + 1)));
}
