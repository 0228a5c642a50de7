/** One audio track on the call's timeline: PCM16, mono; silence takes no memory. Pure. */

/** Memory is allocated in blocks of this length, where there is sound. */
export const BLOCK_S = 10;

export class AudioTrack {
  readonly #blocks = new Map<number, Int16Array<ArrayBuffer>>();
  /** Samples from the call's start to the last one written. */
  lengthSamples = 0;

  /** `limitSamples`: samples beyond it are dropped. */
  constructor(
    readonly rate: number,
    readonly limitSamples = Infinity,
  ) {}

  /** Writes samples at a position counted from the call's start; returns how many fitted. */
  write(at: number, pcm: Int16Array): number {
    const from = Math.max(0, -at);
    const to = Math.min(pcm.length, this.limitSamples - at);
    if (to <= from) return 0;
    if (pcm.some((sample) => sample !== 0)) this.#fill(at, pcm, from, to);
    this.lengthSamples = Math.max(this.lengthSamples, at + to);
    return to - from;
  }

  /** Reads `count` samples from `at` on; silence where nothing was written. */
  read(at: number, count: number): Int16Array<ArrayBuffer> {
    const out = new Int16Array(count);
    for (let done = 0; done < count; ) {
      const place = at + done;
      const inBlock = modulo(place, this.#blockSamples);
      const step = Math.min(count - done, this.#blockSamples - inBlock);
      const block = this.#blocks.get(Math.floor(place / this.#blockSamples));
      if (block) out.set(block.subarray(inBlock, inBlock + step), done);
      done += step;
    }
    return out;
  }

  /** Yields the non-silent pieces in order, each at most one block long. */
  *pieces(): Generator<{ readonly at: number; readonly pcm: Int16Array<ArrayBuffer> }> {
    for (const index of [...this.#blocks.keys()].sort((one, other) => one - other)) {
      const block = this.#blocks.get(index);
      const first = block?.findIndex((sample) => sample !== 0) ?? -1;
      if (!block || first < 0) continue;
      const end = block.findLastIndex((sample) => sample !== 0) + 1;
      yield { at: index * this.#blockSamples + first, pcm: block.slice(first, end) };
    }
  }

  /** Memory in use. */
  get bytes(): number {
    return this.#blocks.size * this.#blockSamples * Int16Array.BYTES_PER_ELEMENT;
  }

  get durationMs(): number {
    return (1000 * this.lengthSamples) / this.rate;
  }

  get #blockSamples(): number {
    return BLOCK_S * this.rate;
  }

  #fill(at: number, pcm: Int16Array, from: number, to: number): void {
    for (let done = from; done < to; ) {
      const place = at + done;
      const inBlock = place % this.#blockSamples;
      const step = Math.min(to - done, this.#blockSamples - inBlock);
      this.#block(Math.floor(place / this.#blockSamples)).set(pcm.subarray(done, done + step), inBlock);
      done += step;
    }
  }

  #block(index: number): Int16Array<ArrayBuffer> {
    const known = this.#blocks.get(index);
    if (known) return known;
    const fresh = new Int16Array(this.#blockSamples);
    this.#blocks.set(index, fresh);
    return fresh;
  }
}

/** Both audio tracks of a call, on one timeline. */
export interface CallAudio {
  /** As sent to the gateway. */
  readonly person: AudioTrack;
  /** As played: interrupted audio is not in it. */
  readonly ai: AudioTrack;
}

const modulo = (value: number, by: number): number => ((value % by) + by) % by;
