/** How long an answer took, from the person's last sound (or their typed line) to its first one. Pure. */

/** Longer than this is not an answer to the words before it. */
const LIMIT_MS = 30_000;

export class ResponseLatency {
  /** When the person last asked something by typing. */
  #typedAtMs = 0;
  #answeredAtMs = 0;

  onTextSent(atMs: number): void {
    this.#typedAtMs = atMs;
  }

  /** In ms; null where the sound answers neither. `spokeAtMs`: the person's last sound. */
  onFirstSound(atMs: number, spokeAtMs: number | null): number | null {
    const askedAtMs = Math.max(spokeAtMs ?? 0, this.#typedAtMs);
    const fresh = askedAtMs > this.#answeredAtMs;
    this.#answeredAtMs = atMs;
    const tookMs = Math.round(atMs - askedAtMs);
    return fresh && tookMs >= 0 && tookMs < LIMIT_MS ? tookMs : null;
  }
}
