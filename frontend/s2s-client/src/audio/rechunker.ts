/** Splits audio of any block size into chunks of one length. Pure. */
export class Rechunker {
  readonly #piece: Float32Array;
  #filled = 0;

  /** `tell` gets each full chunk, whose buffer is reused afterwards. */
  constructor(
    size: number,
    private readonly tell: (piece: Float32Array) => void,
  ) {
    this.#piece = new Float32Array(size);
  }

  pushSamples(samples: Float32Array): void {
    let from = 0;
    while (from < samples.length) {
      const count = Math.min(samples.length - from, this.#piece.length - this.#filled);
      this.#piece.set(samples.subarray(from, from + count), this.#filled);
      this.#filled += count;
      from += count;
      if (this.#filled < this.#piece.length) return;
      this.#filled = 0;
      this.tell(this.#piece);
    }
  }
}
