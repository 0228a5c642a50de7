import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import type { Spent } from "../../types";
import { cleared, counted, EMPTY, KINDS, type Ledger, LedgerStore, pricesOf, readSeen, readTotals, repriced, totalOf, usdOf } from "./cost";
import { Insights, LOCAL } from "./insights";

const PRICES = { text_in: 0.5, audio_in: 3, image_in: 1, video_in: 1.5, text_out: 2, audio_out: 12 };

const spent = (kinds: readonly number[], more: Partial<Spent> = {}): Spent => ({
  type: "spent",
  prompt_text_tokens: kinds[0] ?? 0,
  prompt_audio_tokens: kinds[1] ?? 0,
  prompt_image_tokens: kinds[2] ?? 0,
  prompt_video_tokens: kinds[3] ?? 0,
  response_text_tokens: kinds[4] ?? 0,
  response_audio_tokens: kinds[5] ?? 0,
  estimated_turns: 0,
  tokens: 0,
  usd: 0,
  limit_tokens: 0,
  limit_usd: 0,
  usd_per_million: PRICES,
  prices_as_of: "2026-11",
  prices_source: "a price list",
  ...more,
});

const account = (ledger: Pick<Ledger, "accounts">, model = "gemini") => ledger.accounts.find((one) => one.model === model);

function shelf() {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
    get all() {
      return [...kept.values()].join("\n");
    },
  };
}

describe("what calls cost", () => {
  it("is each session's last word, however often and in whatever order its growing numbers come", () => {
    const growing = fc.array(fc.tuple(fc.nat(1_000), fc.nat(1_000), fc.nat(1_000), fc.nat(1_000), fc.nat(1_000), fc.nat(1_000)), { minLength: 1, maxLength: 8 }).map((steps) =>
      steps.reduce<number[][]>((sums, step) => [...sums, step.map((more, at) => more + (sums.at(-1)?.[at] ?? 0))], []),
    );
    fc.assert(
      fc.property(fc.array(growing, { minLength: 1, maxLength: 4 }), fc.infiniteStream(fc.nat(3)), (sessions, dice) => {
        let ledger = EMPTY;
        for (const [name, numbers] of sessions.entries()) {
          for (const at of numbers.keys()) {
            // A reload, a late message: numbers of before come again.
            const again = Math.max(0, at - (dice.next().value ?? 0));
            for (const told of [numbers[at], numbers[again], numbers[at]]) ledger = counted(ledger, `s${name}`, "gemini", spent(told!), 1);
          }
        }
        const last = sessions.map((numbers) => numbers.at(-1)!);
        const sums = KINDS.map((_, kind) => last.reduce((sum, one) => sum + one[kind]!, 0));
        expect(KINDS.map((kind) => account(ledger)!.tokens[kind])).toEqual(sums);
      }),
    );
  });

  it("is priced by kind, by the gateway's list or by one's own", () => {
    let ledger = counted(EMPTY, "s", "gemini", spent([1_000_000, 1_000_000, 1_000_000, 1_000_000, 1_000_000, 1_000_000]), 5);
    expect(usdOf(account(ledger)!.tokens, pricesOf(account(ledger)))).toBeCloseTo(20, 9);
    ledger = repriced(ledger, "gemini", { ...PRICES, audio_out: 24 });
    expect(usdOf(account(ledger)!.tokens, pricesOf(account(ledger)))).toBeCloseTo(32, 9);
    ledger = counted(ledger, "s", "gemini", spent([1_000_000, 1_000_000, 1_000_000, 1_000_000, 1_000_000, 2_000_000]), 6);
    expect(pricesOf(account(ledger))?.audio_out).toBe(24);
    expect(pricesOf(account(repriced(ledger, "gemini", null)))).toEqual(PRICES);
  });

  it("is nothing where nothing is billed", () => {
    const ledger = counted(EMPTY, "s", LOCAL, spent([9, 9, 9, 9], { usd_per_million: {} }), 5);
    expect(pricesOf(account(ledger, LOCAL))).toBeNull();
    expect(usdOf(account(ledger, LOCAL)!.tokens, null)).toBe(0);
  });

  it("begins anew when one wishes, and a call that runs goes on from there", () => {
    const before = counted(EMPTY, "s", "gemini", spent([100]), 5);
    const after = counted(cleared(before), "s", "gemini", spent([130]), 9);
    expect(totalOf(account(after)!.tokens)).toBe(30);
    expect(after.sinceMs).toBe(9);
  });

  it("counts pictures as voice where an older gateway or an older page knew none of them", () => {
    const old = { ...spent([10, 20], { usd_per_million: { text_in: 1, audio_in: 4, text_out: 2, audio_out: 8 } }) } as Partial<Spent>;
    delete (old as Record<string, unknown>).prompt_image_tokens;
    delete (old as Record<string, unknown>).prompt_video_tokens;
    const ledger = counted(EMPTY, "s", "gemini", old as Spent, 5);
    expect(account(ledger)).toMatchObject({ tokens: { prompt_image: 0, prompt_video: 0 }, listed: { image_in: 4, video_in: 4 } });
    const kept = { model: "gemini", tokens: { prompt_text: 1, prompt_audio: 2, response_text: 3, response_audio: 4 }, own: { text_in: 1, audio_in: 4, text_out: 2, audio_out: 8 } };
    const read = readTotals(JSON.stringify({ accounts: [kept], sinceMs: 7 }));
    expect(account(read)).toMatchObject({ tokens: { ...kept.tokens, prompt_image: 0 }, own: { ...kept.own, image_in: 4, video_in: 4 } });
    expect(readSeen(JSON.stringify([{ session: "s", tokens: kept.tokens }]))).toHaveLength(1);
  });

  it("is kept on this device; what does not fit is left out", () => {
    const store = shelf();
    new LedgerStore(store, null).change((ledger) => counted(ledger, "s", "gemini", spent([1, 2, 0, 0, 3, 4]), 5));
    expect(totalOf(account(new LedgerStore(store, null).read())!.tokens)).toBe(10);
    for (const broken of ["", "{", "null", "7", '{"accounts": 3}', '{"accounts": [null, {"model": "x", "tokens": {"prompt_text": -1}}]}']) {
      expect(readTotals(broken)).toEqual({ accounts: [], sinceMs: null });
    }
    for (const broken of ["{", "null", "7", "[{}, null]"]) expect(readSeen(broken)).toEqual([]);
    const full = { getItem: () => null, setItem: () => { throw new Error("full"); }, removeItem: vi.fn() };
    const warned = vi.spyOn(console, "warn").mockReturnValue();
    new LedgerStore(full, null).change((ledger) => counted(ledger, "s", "gemini", spent([1]), 5));
    expect(warned).toHaveBeenCalledOnce();
  });

  it("names no session on the device; a reloaded tab counts on, and forgets the session when its call is over", () => {
    const [device, tab] = [shelf(), shelf()];
    device.setItem("s2s-cost", JSON.stringify({ accounts: [], seen: [{ session: "secret", tokens: {} }], sinceMs: null }));
    const first = new LedgerStore(device, tab);
    expect(device.all).not.toContain("secret");
    first.change((ledger) => counted(ledger, "secret", "gemini", spent([100]), 5));
    const reloaded = new LedgerStore(device, tab);
    expect(totalOf(account(reloaded.change((ledger) => counted(ledger, "secret", "gemini", spent([130]), 6)))!.tokens)).toBe(130);
    expect(tab.all).toContain("secret");
    expect(totalOf(account(reloaded.forgetSessions())!.tokens)).toBe(130);
    expect(device.all + tab.all).not.toContain("secret");
  });
});

it("a call's costs are the gateway's last word, with its limits; the local engine is not mistaken for what it stands in for", () => {
  const insight = new Insights(null, null);
  const heard = vi.fn();
  insight.subscribe(heard);
  insight.onMessage({ type: "ready", session_id: "s", backend: "emulator", model: "gemini", tools: [], images: true, wire: 1, input_rate: 16000, output_rate: 24000, frame_ms: 20 });
  insight.onMessage(spent([10, 20, 0, 0, 0, 5], { usd_per_million: {}, limit_tokens: 100, tokens: 35 }));
  insight.onMessage(spent([20, 40, 0, 0, 0, 9], { usd_per_million: {}, limit_tokens: 100, tokens: 39 }));
  const { cost, ledger } = insight.getSnapshot();
  expect(cost).toMatchObject({ model: LOCAL, limitTokens: 100, limitedTokens: 39, tokens: { prompt_audio: 40, response_audio: 9 } });
  expect(totalOf(account(ledger, LOCAL)!.tokens)).toBe(69);
  expect(heard).toHaveBeenCalledTimes(2);
  insight.startCall();
  expect(insight.getSnapshot().cost).toBeNull();
  expect(insight.getSnapshot().ledger).toBe(ledger);
});
