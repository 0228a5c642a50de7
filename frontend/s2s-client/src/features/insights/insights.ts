/** Latency and cost of this page's calls. One store outside React. */
import type { PlayedReport, ToBrowser } from "../../types";
import { type CallCost, cleared, counted, type Ledger, LedgerStore, type Prices, repriced, type StorageLike, tokensOf } from "./cost";
import { LatencyStats, NO_LATENCIES, type Latencies } from "./latencyStats";

export interface InsightsState {
  readonly waits: Latencies;
  /** Of this call; null before the first answer. */
  readonly cost: CallCost | null;
  readonly ledger: Ledger;
}

/** The time by this machine's clock (`atMs`), and by the page's own, which stamps pings. */
interface Now {
  readonly atMs: number;
  readonly pageMs: number;
}

const now = (): Now => ({ atMs: Date.now(), pageMs: performance.now() });

/** The local engine may carry the name of the model that it replaces, and costs nothing. */
export const LOCAL = "Local engine";

export class Insights {
  #stats = new LatencyStats();
  readonly #ledgerStore: LedgerStore;
  #state: InsightsState;
  #session = "";
  #model = "";
  readonly #listeners = new Set<() => void>();

  /** `device` keeps the totals, `tab` what was counted of the running session. */
  constructor(device: StorageLike | null, tab: StorageLike | null) {
    this.#ledgerStore = new LedgerStore(device, tab);
    this.#state = { waits: NO_LATENCIES, cost: null, ledger: this.#ledgerStore.read() };
  }

  readonly getSnapshot = (): InsightsState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Starts a new call: resets everything but the total costs. */
  startCall(): void {
    this.#stats = new LatencyStats();
    this.#notify({ waits: NO_LATENCIES, cost: null });
  }

  /** Handles a message of the gateway. */
  onMessage(message: ToBrowser, { atMs, pageMs }: Now = now()): void {
    switch (message.type) {
      case "ready":
        this.#session = message.session_id;
        this.#model = nameOf(message);
        this.#stats.clock.reset();
        break;
      case "upstream":
        this.#model = nameOf(message);
        break;
      case "pong":
        this.#stats.onPong(atMs - (pageMs - message.ms), atMs, message.gateway_ms);
        break;
      case "tool_result":
        this.#stats.onToolResult(message.took_ms);
        break;
      case "latency":
        this.#stats.onGatewayLatency(message);
        this.#notify({ waits: this.#stats.waits });
        break;
      case "spent":
        this.#onUsage(message, atMs);
    }
  }

  /** Records that the frame captured until `capturedAtMs` contained the user's speech. */
  onSpeech(capturedAtMs: number): void {
    this.#stats.onSpeech(capturedAtMs, Date.now());
  }

  onTextSent(): void {
    this.#stats.onTextSent(Date.now());
  }

  onAudio(turn: number, clockMs: number): void {
    this.#stats.onAudio(turn, clockMs, Date.now());
  }

  onInterrupt(): void {
    this.#stats.onInterrupt(Date.now());
  }

  onDucked(): void {
    this.#stats.onDucked(Date.now());
  }

  /** `latencyMs` comes with the first sound of an answer. */
  onPlayed({ kind, turn, atMs }: Pick<PlayedReport, "kind" | "turn"> & { readonly atMs: number }, latencyMs: number | null = null): void {
    if (kind === "progress") return;
    if (kind === "first") this.#stats.onFirstSound(turn, atMs, latencyMs);
    else this.#stats.onPlaybackEnded(kind, turn, atMs);
    if (this.#stats.waits !== this.#state.waits) this.#notify({ waits: this.#stats.waits });
  }

  /** Sets the user's own prices for a model; null restores the listed ones. */
  readonly reprice = (model: string, own: Prices | null): void => {
    this.#notify({ ledger: this.#ledgerStore.change((ledger) => repriced(ledger, model, own)) });
  };

  /** Resets the totals. */
  readonly clear = (): void => {
    this.#notify({ ledger: this.#ledgerStore.change(cleared) });
  };

  /** Forgets which sessions were counted: the call is over, and their numbers will not grow. */
  forgetSessions(): void {
    this.#notify({ ledger: this.#ledgerStore.forgetSessions() });
  }

  /** Forgets everything: what was kept on the device has been deleted. */
  reset(): void {
    this.#stats = new LatencyStats();
    this.#notify({ waits: NO_LATENCIES, cost: null, ledger: this.#ledgerStore.reset() });
  }

  #onUsage(spent: Extract<ToBrowser, { type: "spent" }>, atMs: number): void {
    const cost: CallCost = {
      model: this.#model,
      tokens: tokensOf(spent),
      limitTokens: spent.limit_tokens,
      limitUsd: spent.limit_usd,
      limitedTokens: spent.tokens,
      limitedUsd: spent.usd,
      estimatedTurns: spent.estimated_turns,
    };
    const ledger = this.#ledgerStore.change((before) => counted(before, this.#session, this.#model, spent, atMs));
    this.#notify({ cost, ledger });
  }

  #notify(news: Partial<InsightsState>): void {
    this.#state = { ...this.#state, ...news };
    this.#listeners.forEach((listener) => {
      listener();
    });
  }
}

const nameOf = ({ backend, model }: Pick<Extract<ToBrowser, { type: "ready" }>, "backend" | "model">): string =>
  backend === "emulator" ? LOCAL : model;
