/**
 * Decides what may be sent now: no PCM that is about to be compressed, and on a new connection no more than it has been shown
 * to carry.
 */
import type { CodecNegotiator } from "./codecNegotiator";
import type { ToBrowser } from "../../types/wire.gen";
import { BandwidthProbe } from "./bandwidthProbe";
import type { Gate } from "./micSendQueue";

/**
 * A ping that takes this much longer than the quickest one was queued behind something; this many in a row are not a hiccup.
 */
const LATE_MS = 300;
const LATE_PINGS = 2;
/** After this many pings in a row without delay there is spare bandwidth, as far as the probe can tell. */
const CALM_PINGS = 8;

export class SendGate implements Gate {
  #probe: BandwidthProbe;
  #spare: boolean | null = null;
  #quickestMs = Infinity;
  #late = 0;
  #calm = 0;

  constructor(
    private readonly codec: Pick<CodecNegotiator, "isChanging" | "isSlow" | "onTooSlow">,
    private readonly ping: () => number | null,
    /** Whether the connection has bandwidth beyond the conversation; called when that is known and when it changes. */
    private readonly onSpare: (spare: boolean) => void,
  ) {
    this.#probe = new BandwidthProbe(ping);
  }

  /** Starts over for a new connection, or for one that is about to carry more than before. */
  reset(): void {
    this.#probe = new BandwidthProbe(this.ping);
    this.#quickestMs = Infinity;
    this.#late = this.#calm = 0;
  }

  admits(): boolean {
    return !this.codec.isChanging && this.#probe.admits();
  }

  onFrameSent(): void {
    this.#probe.onFrameSent();
  }

  /** Handles a message that the codec negotiator has already handled. */
  onMessage(message: ToBrowser, nowMs: number): void {
    if (message.type === "codec" && message.codec === "pcm") this.reset();
    if (message.type === "pong") {
      const before = this.#probe.verdict;
      this.#probe.onPong(message.ms, message.gateway_ms);
      if (before) this.#took(nowMs - message.ms);
      else if (this.#probe.verdict === "slow") this.codec.onTooSlow();
      if (!before && this.#probe.verdict === "roomy") this.#tell(true);
    }
    if (this.codec.isSlow) this.#tell(false);
  }

  /** Records a ping's round trip: what is loaded during a call fills a connection that is not fast enough. */
  #took(ms: number): void {
    this.#quickestMs = Math.min(this.#quickestMs, ms);
    const late = ms - this.#quickestMs > LATE_MS;
    this.#late = late ? this.#late + 1 : 0;
    this.#calm = late ? 0 : this.#calm + 1;
    if (this.#late >= LATE_PINGS) this.#tell(false);
    else if (this.#calm >= CALM_PINGS) this.#tell(true);
  }

  #tell(spare: boolean): void {
    const now = spare && !this.codec.isSlow;
    if (now === this.#spare) return;
    this.#spare = now;
    this.onSpare(now);
  }
}
