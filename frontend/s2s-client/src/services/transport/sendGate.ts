/** What may go up a line now: nothing uncompressed that is about to be compressed, and on a new line no more than it shows it carries. */
import type { CodecKeeper } from "./codecNegotiator";
import type { ToBrowser } from "../../types/wire.gen";
import { LineTrial } from "./bandwidthProbe";
import type { Gate } from "./micSendQueue";

/** A ping that takes so much longer than the quickest one waited behind something; so many in a row are no hiccup. */
const LATE_MS = 300;
const LATE_PINGS = 2;
/** So many in a row that did not: there is room, for all that the trial knows. */
const CALM_PINGS = 8;

export class LineGate implements Gate {
  #trial: LineTrial;
  #spare: boolean | null = null;
  #quickestMs = Infinity;
  #late = 0;
  #calm = 0;

  constructor(
    private readonly codec: Pick<CodecKeeper, "isChanging" | "isSlow" | "tooSlow">,
    private readonly ping: () => number | null,
    /** Whether the line has room for more than the conversation; called when that is known, and when it changes. */
    private readonly onSpare: (spare: boolean) => void,
  ) {
    this.#trial = new LineTrial(ping);
  }

  /** A new line, or one that is to carry more than before. */
  begin(): void {
    this.#trial = new LineTrial(this.ping);
    this.#quickestMs = Infinity;
    this.#late = this.#calm = 0;
  }

  admits(): boolean {
    return !this.codec.isChanging && this.#trial.admits();
  }

  sent(): void {
    this.#trial.sent();
  }

  /** What the codec has heard already. */
  hear(message: ToBrowser, nowMs: number): void {
    if (message.type === "codec" && message.codec === "pcm") this.begin();
    if (message.type === "pong") {
      const before = this.#trial.verdict;
      this.#trial.ponged(message.ms, message.gateway_ms);
      if (before) this.#took(nowMs - message.ms);
      else if (this.#trial.verdict === "slow") this.codec.tooSlow();
      if (!before && this.#trial.verdict === "roomy") this.#tell(true);
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
