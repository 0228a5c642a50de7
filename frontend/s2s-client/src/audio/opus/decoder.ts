/**
 * Decodes received audio frames to PCM frames, in order. PCM passes unchanged.
 *
 * The encoder looks 2.5 ms ahead, so its audio comes that much later. The first frame of a stretch of Opus is made that much
 * shorter, and the last one, which carries two packets, that much longer: sample n of what is played is sample n of the model
 * audio, so "heard" stays accurate to the sample, even where Opus begins or ends in mid-answer. Frames that are not 20 ms long
 * keep FLAG_OPUS as a mark.
 */
import { readSamples, writeSamples } from "../pcm";
import { FLAG_OPUS, FLAG_OPUS_TAIL, HEADER_BYTES, OPUS_LOOKAHEAD_SAMPLES, OUTPUT_SAMPLES } from "../../types/wire.gen";
import type { OpusCodec, PacketDecoder } from "./browserCodec";

const FLAGS_AT = 1;
const TURN_AT = 2;
/** The gateway is at most 1.24 s ahead: after this many frames without output, the decoder is stuck. */
const STUCK_FRAMES = 100;
const LENGTH_BYTES = 2;

interface Entry {
  readonly frame: ArrayBuffer;
  readonly turn: number;
  readonly opus: boolean;
  readonly tail: boolean;
  /** Decoded output so far. */
  sounds: Float32Array[];
  /** Outputs still to come. */
  due: number;
}

export class VoiceDecoder {
  #decoder: PacketDecoder | null = null;
  /** What the decoder was given, in order. */
  #expectedSamples: Entry[] = [];
  /** In network order. */
  #waiting: Entry[] = [];
  /** The turn of the newest received frame. */
  #turn = -1;
  /** Of the last frame passed on: the turn, how far its end lags, and its last sample. */
  #handed = { turn: -1, behind: 0, last: 0 };

  constructor(
    private readonly machine: OpusCodec,
    private readonly onFrame: (frame: ArrayBuffer) => void,
    private readonly onFault: (why: string) => void,
  ) {}

  pushFrame(frame: ArrayBuffer): void {
    if (frame.byteLength <= HEADER_BYTES) return;
    const view = new DataView(frame);
    const flags = view.getUint8(FLAGS_AT);
    const turn = view.getUint16(TURN_AT);
    const opus = (flags & FLAG_OPUS) !== 0;
    // Nothing of an interrupted or finished answer may play in the next one.
    if (turn !== this.#turn || !opus) this.#leave();
    this.#turn = turn;
    const entry: Entry = { frame, turn, opus, tail: opus && (flags & FLAG_OPUS_TAIL) !== 0, sounds: [], due: 0 };
    this.#waiting.push(entry);
    if (opus) this.#decode(entry);
    this.#drain();
    if (this.#waiting.length > STUCK_FRAMES) this.#fail("the decoder is stuck");
  }

  /** Starts over for a new connection, whose encoder is a new one. */
  restart(): void {
    this.#leave();
  }

  #decode(entry: Entry): void {
    const packets = packetsOf(entry);
    entry.due = packets.length;
    try {
      const decoder = (this.#decoder ??= this.#onDecoded());
      packets.forEach((packet) => {
        this.#expectedSamples.push(entry);
        decoder.decode(packet);
      });
      if (packets.length === 0) throw new Error("a frame without a packet");
    } catch (reason) {
      this.#fail(String(reason));
      return;
    }
    if (entry.tail) this.#leave();
  }

  #onDecoded(): PacketDecoder {
    const given: Entry[] = (this.#expectedSamples = []);
    const made: PacketDecoder = this.machine.createDecoder({
      onOutput: (sound) => {
        const entry = given.shift();
        if (!entry || entry.due === 0) return;
        entry.sounds.push(sound);
        entry.due--;
        if (given.length === 0 && this.#decoder !== made) made.close();
        this.#drain();
      },
      onFault: (why) => {
        if (given.length > 0 || this.#decoder === made) this.#fail(why);
      },
    });
    return made;
  }

  /** Lets the decoder close itself once all its output has come out. */
  #leave(): void {
    if (this.#expectedSamples.length === 0) this.#decoder?.close();
    this.#decoder = null;
    this.#expectedSamples = [];
  }

  /** Treats what is not decoded as lost; it is concealed like network loss. */
  #fail(why: string): void {
    this.#waiting = this.#waiting.filter(({ due, opus, sounds }) => due === 0 && (!opus || sounds.length > 0));
    this.#leave();
    this.#drain();
    this.onFault(why);
  }

  #drain(): void {
    while (this.#waiting[0]?.due === 0) {
      const [entry] = this.#waiting.splice(0, 1);
      if (entry) this.#deliver(entry);
    }
  }

  #deliver(entry: Entry): void {
    const before = entry.turn === this.#handed.turn ? this.#handed.behind : 0;
    if (!entry.opus && before === 0) {
      this.#handed = { turn: entry.turn, behind: 0, last: 0 };
      this.onFrame(entry.frame);
      return;
    }
    const samples = entry.opus ? opusSamples(entry, before) : bridged(readSamples(entry.frame), before, this.#handed.last);
    const behind = entry.opus && !entry.tail ? OPUS_LOOKAHEAD_SAMPLES : 0;
    this.#handed = { turn: entry.turn, behind, last: samples.at(-1) ?? 0 };
    const out = new ArrayBuffer(HEADER_BYTES + 2 * samples.length);
    new Uint8Array(out).set(new Uint8Array(entry.frame, 0, HEADER_BYTES));
    const flags = (new DataView(entry.frame).getUint8(FLAGS_AT) & ~FLAG_OPUS_TAIL) | FLAG_OPUS;
    new DataView(out).setUint8(FLAGS_AT, flags);
    writeSamples(out, samples);
    this.onFrame(out);
  }
}

/** The packets of a frame; none if the frame is malformed. */
function packetsOf({ frame, tail }: Entry): Uint8Array<ArrayBuffer>[] {
  const payload = new Uint8Array(frame, HEADER_BYTES);
  if (!tail) return [payload];
  if (payload.byteLength < LENGTH_BYTES) return [];
  const end = LENGTH_BYTES + new DataView(frame, HEADER_BYTES).getUint16(0);
  if (end === LENGTH_BYTES || end >= payload.byteLength) return [];
  return [payload.subarray(LENGTH_BYTES, end), payload.subarray(end)];
}

function opusSamples({ sounds, tail }: Entry, before: number): Float32Array {
  const [first, second] = sounds;
  const own = first?.subarray(OPUS_LOOKAHEAD_SAMPLES - before, OUTPUT_SAMPLES) ?? new Float32Array(0);
  const rest = (tail && second?.subarray(0, OPUS_LOOKAHEAD_SAMPLES)) || new Float32Array(0);
  const out = new Float32Array(own.length + rest.length);
  out.set(own);
  out.set(rest, own.length);
  return out;
}

/** Fills the lost end of a stretch with a straight line. */
function bridged(pcm: Float32Array, missing: number, from: number): Float32Array {
  const out = new Float32Array(missing + pcm.length);
  const to = pcm[0] ?? 0;
  for (let at = 0; at < missing; at++) out[at] = from + ((to - from) * (at + 1)) / (missing + 1);
  out.set(pcm, missing);
  return out;
}
