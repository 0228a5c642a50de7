/** Tokens and money: what the gateway counted, added up over calls, and priced by a table that one may change. Pure but for the shelf. */
import type { Spent } from "../../types";

export const KINDS = ["prompt_text", "prompt_audio", "prompt_image", "prompt_video", "response_text", "response_audio"] as const;
export type Kind = (typeof KINDS)[number];
export type Tokens = Readonly<Record<Kind, number>>;

export const PRICE_NAMES = ["text_in", "audio_in", "image_in", "video_in", "text_out", "audio_out"] as const;
export type PriceName = (typeof PRICE_NAMES)[number];
/** US dollars per million tokens. */
export type Prices = Readonly<Record<PriceName, number>>;

const PRICE_OF: Readonly<Record<Kind, PriceName>> = {
  prompt_text: "text_in",
  prompt_audio: "audio_in",
  prompt_image: "image_in",
  prompt_video: "video_in",
  response_text: "text_out",
  response_audio: "audio_out",
};

export const NO_TOKENS: Tokens = { prompt_text: 0, prompt_audio: 0, prompt_image: 0, prompt_video: 0, response_text: 0, response_audio: 0 };

/** One model's tokens over all calls on this device, and what they cost. */
export interface Account {
  readonly model: string;
  readonly tokens: Tokens;
  /** As the gateway last told them; null: nothing is billed. */
  readonly listed: Prices | null;
  readonly asOf: string;
  readonly source: string;
  /** The person's own prices; null: the listed ones. */
  readonly own: Prices | null;
}

/** What was already counted of a session: after a reload or a hand-over its numbers go on from there. */
interface Seen {
  readonly session: string;
  readonly tokens: Tokens;
}

export interface Ledger {
  readonly accounts: readonly Account[];
  readonly seen: readonly Seen[];
  /** Since when there has been counting, by the machine's clock; null before anything. */
  readonly sinceMs: number | null;
}

export interface CallCost {
  readonly model: string;
  readonly tokens: Tokens;
  readonly limitTokens: number;
  readonly limitUsd: number;
  /** Each token once, as the token limit counts. */
  readonly limitedTokens: number;
  /** The gateway's own estimate, as the money limit counts. */
  readonly limitedUsd: number;
  /** So many turns the service has not counted: the gateway has estimated them. */
  readonly estimatedTurns: number;
}

export const EMPTY: Ledger = { accounts: [], seen: [], sinceMs: null };
const KEY = "s2s-cost";
/** Session ids: in the tab only, and only until the call ends. */
const SEEN_KEY = "s2s-cost-seen";
const MAX_SEEN = 50;
const MAX_PRICE = 100_000;

/** What a gateway of before does not tell is 0: it counts pictures as voice. */
export const tokensOf = (spent: Partial<Spent>): Tokens => ({
  prompt_text: spent.prompt_text_tokens ?? 0,
  prompt_audio: spent.prompt_audio_tokens ?? 0,
  prompt_image: spent.prompt_image_tokens ?? 0,
  prompt_video: spent.prompt_video_tokens ?? 0,
  response_text: spent.response_text_tokens ?? 0,
  response_audio: spent.response_audio_tokens ?? 0,
});

export const totalOf = (tokens: Tokens): number => KINDS.reduce((sum, kind) => sum + tokens[kind], 0);

export function usdOf(tokens: Tokens, prices: Prices | null): number {
  return prices ? KINDS.reduce((sum, kind) => sum + tokens[kind] * prices[PRICE_OF[kind]], 0) / 1e6 : 0;
}

export const pricesOf = (account: Account | undefined): Prices | null => account?.own ?? account?.listed ?? null;

/** Takes in what a session has used so far. The same numbers again, or smaller ones, add nothing. */
export function counted(ledger: Ledger, session: string, model: string, spent: Spent, nowMs: number): Ledger {
  const tokens = tokensOf(spent);
  const before = ledger.seen.find((one) => one.session === session)?.tokens ?? NO_TOKENS;
  const most = combine(tokens, before, Math.max);
  const account = ledger.accounts.find((one) => one.model === model);
  const fresh: Account = {
    model,
    tokens: combine(account?.tokens ?? NO_TOKENS, combine(most, before, minus), plus),
    listed: readPrices(spent.usd_per_million),
    asOf: spent.prices_as_of,
    source: spent.prices_source,
    own: account?.own ?? null,
  };
  return {
    accounts: [...ledger.accounts.filter((one) => one.model !== model), fresh],
    seen: [...ledger.seen.filter((one) => one.session !== session), { session, tokens: most }].slice(-MAX_SEEN),
    sinceMs: ledger.sinceMs ?? nowMs,
  };
}

/** null: the listed prices again. */
export function repriced(ledger: Ledger, model: string, own: Prices | null): Ledger {
  return { ...ledger, accounts: ledger.accounts.map((one) => (one.model === model ? { ...one, own } : one)) };
}

/** Resets the totals; prices, and what was seen of a session that still runs, stay. */
export function cleared(ledger: Ledger): Ledger {
  return { ...ledger, accounts: ledger.accounts.map((one) => ({ ...one, tokens: NO_TOKENS })), sinceMs: null };
}

const plus = (a: number, b: number): number => a + b;
const minus = (a: number, b: number): number => a - b;

function combine(a: Tokens, b: Tokens, how: (a: number, b: number) => number): Tokens {
  return Object.fromEntries(KINDS.map((kind) => [kind, how(a[kind], b[kind])])) as Record<Kind, number>;
}

/** A number that may stand in a price table. */
export const isPrice = (value: unknown): value is number => typeof value === "number" && value >= 0 && value <= MAX_PRICE;

/** Tables of before name no pictures: those were billed as audio. */
function readPrices(found: unknown): Prices | null {
  if (typeof found !== "object" || !found) return null;
  const known = found as Partial<Record<PriceName, unknown>>;
  const table = { image_in: known.audio_in, video_in: known.audio_in, ...known };
  return PRICE_NAMES.every((name) => isPrice(table[name])) ? (Object.fromEntries(PRICE_NAMES.map((name) => [name, table[name]])) as Prices) : null;
}

function readTokens(found: unknown): Tokens | null {
  if (typeof found !== "object" || !found) return null;
  const table = { prompt_image: 0, prompt_video: 0, ...(found as Partial<Record<Kind, unknown>>) };
  const fits = KINDS.every((kind) => Number.isSafeInteger(table[kind]) && Number(table[kind]) >= 0);
  return fits ? (Object.fromEntries(KINDS.map((kind) => [kind, table[kind]])) as Tokens) : null;
}

function parsed(stored: string | null): unknown {
  try {
    return JSON.parse(stored ?? "null");
  } catch {
    return null;
  }
}

/** What does not fit, from an older page or a broken store, is left out. */
export function readTotals(stored: string | null): Omit<Ledger, "seen"> {
  const found = parsed(stored) as Partial<Record<keyof Ledger, unknown>> | null;
  if (typeof found !== "object" || !found || !Array.isArray(found.accounts)) return { accounts: [], sinceMs: null };
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  const accounts = (found.accounts as (Partial<Account> | null)[]).flatMap((one) => {
    const tokens = readTokens(one?.tokens);
    if (typeof one?.model !== "string" || !tokens) return [];
    return [{ model: one.model, tokens, listed: readPrices(one.listed), own: readPrices(one.own), asOf: text(one.asOf), source: text(one.source) }];
  });
  return { accounts, sinceMs: typeof found.sinceMs === "number" ? found.sinceMs : null };
}

/** As above, for what the tab keeps. */
export function readSeen(stored: string | null): readonly Seen[] {
  const found = parsed(stored);
  if (!Array.isArray(found)) return [];
  return (found as (Partial<Seen> | null)[]).flatMap((one) => {
    const tokens = readTokens(one?.tokens);
    return typeof one?.session === "string" && tokens ? [{ session: one.session, tokens }] : [];
  });
}

export type StorageLike = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** The ledger: totals on this device, sessions in this tab. Other tabs write the totals, too, so they are read again before each change. */
export class LedgerStore {
  #kept: Ledger = EMPTY;

  /** Deletes the session ids that earlier versions kept on the device. */
  constructor(
    private device: StorageLike | null,
    private tab: StorageLike | null,
  ) {
    this.#kept = this.read();
    const old = parsed(device?.getItem(KEY) ?? null);
    if (typeof old === "object" && old && "seen" in old) this.#write();
  }

  read(): Ledger {
    const { accounts, sinceMs } = this.device ? readTotals(this.device.getItem(KEY)) : this.#kept;
    return { accounts, sinceMs, seen: this.tab ? readSeen(this.tab.getItem(SEEN_KEY)) : this.#kept.seen };
  }

  change(how: (ledger: Ledger) => Ledger): Ledger {
    this.#kept = how(this.read());
    this.#write();
    return this.#kept;
  }

  /** Forgets which sessions were counted. */
  forgetSessions(): Ledger {
    this.tab?.removeItem(SEEN_KEY);
    this.#kept = { ...this.read(), seen: [] };
    return this.#kept;
  }

  /** Empty: what was kept has been deleted. */
  reset(): Ledger {
    this.#kept = EMPTY;
    return this.#kept;
  }

  #write(): void {
    const { accounts, seen, sinceMs } = this.#kept;
    try {
      this.device?.setItem(KEY, JSON.stringify({ accounts, sinceMs }));
      this.tab?.setItem(SEEN_KEY, JSON.stringify(seen));
    } catch (fault) {
      // From now on in this page's memory only.
      this.device = this.tab = null;
      console.warn("S2S: the costs could not be kept on this device.", fault);
    }
  }
}
