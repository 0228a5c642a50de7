/** Response latency: from the user's last sound (or typed line) to the first sound of the answer. Pure. */

/** Beyond this it is not an answer to the previous words. */
const LIMIT_MS = 30_000;

export class ResponseLatency {
  /** When the user last typed something. */
  #typedAtMs = 0;
  #answeredAtMs = 0;

  onTextSent(atMs: number): void {
    this.#typedAtMs = atMs;
  }

  /** Latency in ms; null if the sound answers neither. `spokeAtMs`: the user's last sound. */
  onFirstSound(atMs: number, spokeAtMs: number | null): number | null {
    const askedAtMs = Math.max(spokeAtMs ?? 0, this.#typedAtMs);
    const fresh = askedAtMs > this.#answeredAtMs;
    this.#answeredAtMs = atMs;
    const tookMs = Math.round(atMs - askedAtMs);
    return fresh && tookMs >= 0 && tookMs < LIMIT_MS ? tookMs : null;
  }
}
