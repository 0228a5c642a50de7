/** What the page finds out about its own calls: waiting times and costs. One store outside React. */
import type { PlayedReport, ToBrowser } from "../../types";
import { type CallCost, cleared, counted, type Ledger, LedgerShelf, type Prices, repriced, tokensOf } from "./cost";
import { LatencyBook, NO_WAITS, type Waits } from "./latencyStats";

export interface Found {
  readonly waits: Waits;
  /** Of this call; null before the first answer. */
  readonly cost: CallCost | null;
  readonly ledger: Ledger;
}

/** By this machine's clock (`atMs`), and by the page's own, which pings are stamped with. */
interface Now {
  readonly atMs: number;
  readonly pageMs: number;
}

const now = (): Now => ({ atMs: Date.now(), pageMs: performance.now() });

/** The local engine may carry the name of the model that it stands in for, and costs nothing. */
export const LOCAL = "Local engine";

export class Insight {
  #book = new LatencyBook();
  readonly #shelf: LedgerShelf;
  #found: Found;
  #session = "";
  #model = "";
  readonly #listeners = new Set<() => void>();

  constructor(shelf: Pick<Storage, "getItem" | "setItem"> | null) {
    this.#shelf = new LedgerShelf(shelf);
    this.#found = { waits: NO_WAITS, cost: null, ledger: this.#shelf.read() };
  }

  readonly getSnapshot = (): Found => this.#found;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** A new call: what was found out about the one before is forgotten, but for the costs in all. */
  begin(): void {
    this.#book = new LatencyBook();
    this.#tell({ waits: NO_WAITS, cost: null });
  }

  /** A message of the gateway. */
  hear(message: ToBrowser, { atMs, pageMs }: Now = now()): void {
    switch (message.type) {
      case "ready":
        this.#session = message.session_id;
        this.#model = nameOf(message);
        this.#book.clock.reset();
        break;
      case "upstream":
        this.#model = nameOf(message);
        break;
      case "pong":
        this.#book.pong(atMs - (pageMs - message.ms), atMs, message.gateway_ms);
        break;
      case "tool_result":
        this.#book.toolTook(message.took_ms);
        break;
      case "latency":
        this.#book.told(message);
        this.#tell({ waits: this.#book.waits });
        break;
      case "spent":
        this.#spend(message, atMs);
    }
  }

  /** The person's voice was in the frame that was captured until `capturedAtMs`. */
  spoke(capturedAtMs: number): void {
    this.#book.spoke(capturedAtMs, Date.now());
  }

  typed(): void {
    this.#book.typed(Date.now());
  }

  arrived(turn: number, clockMs: number): void {
    this.#book.arrived(turn, clockMs, Date.now());
  }

  pressed(): void {
    this.#book.pressed(Date.now());
  }

  ducked(): void {
    this.#book.ducked(Date.now());
  }

  /** `latencyMs` comes with the first sound of an answer. */
  played({ kind, turn, atMs }: Pick<PlayedReport, "kind" | "turn"> & { readonly atMs: number }, latencyMs: number | null = null): void {
    if (kind === "progress") return;
    if (kind === "first") this.#book.sounded(turn, atMs, latencyMs);
    else this.#book.played(kind, turn, atMs);
    if (this.#book.waits !== this.#found.waits) this.#tell({ waits: this.#book.waits });
  }

  /** The person's own prices for a model; null: the listed ones again. */
  readonly reprice = (model: string, own: Prices | null): void => {
    this.#tell({ ledger: this.#shelf.change((ledger) => repriced(ledger, model, own)) });
  };

  /** Counts in all begin anew. */
  readonly clear = (): void => {
    this.#tell({ ledger: this.#shelf.change(cleared) });
  };

  #spend(spent: Extract<ToBrowser, { type: "spent" }>, atMs: number): void {
    const cost: CallCost = {
      model: this.#model,
      tokens: tokensOf(spent),
      limitTokens: spent.limit_tokens,
      limitUsd: spent.limit_usd,
      limitedTokens: spent.tokens,
      limitedUsd: spent.usd,
      estimatedTurns: spent.estimated_turns,
    };
    const ledger = this.#shelf.change((before) => counted(before, this.#session, this.#model, spent, atMs));
    this.#tell({ cost, ledger });
  }

  #tell(news: Partial<Found>): void {
    this.#found = { ...this.#found, ...news };
    this.#listeners.forEach((listener) => {
      listener();
    });
  }
}

const nameOf = ({ backend, model }: Pick<Extract<ToBrowser, { type: "ready" }>, "backend" | "model">): string =>
  backend === "emulator" ? LOCAL : model;
