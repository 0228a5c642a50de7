/** What may go up a line now: nothing uncompressed that is about to be compressed, and on a new line no more than it shows it carries. */
import type { CodecNegotiator } from "./codecNegotiator";
import type { ToBrowser } from "../../types/wire.gen";
import { BandwidthProbe } from "./bandwidthProbe";
import type { Gate } from "./micSendQueue";

/** A ping that takes so much longer than the quickest one waited behind something; so many in a row are no hiccup. */
const LATE_MS = 300;
const LATE_PINGS = 2;
/** So many in a row that did not: there is room, for all that the trial knows. */
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
    /** Whether the line has room for more than the conversation; called when that is known, and when it changes. */
    private readonly onSpare: (spare: boolean) => void,
  ) {
    this.#probe = new BandwidthProbe(ping);
  }

  /** A new line, or one that is to carry more than before. */
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

  /** What the codec has heard already. */
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

  /** What is loaded beside a call fills a line that is not quick enough. */
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
