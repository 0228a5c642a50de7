// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { loadWeights } from "./vadWeights";

const URL_NOW = "/app/assets/silero-12345678.bin";
const HREF = new URL(URL_NOW, window.location.href).href;
const BYTES = new Uint8Array([1, 2, 3]);
const SIGNAL = new AbortController().signal;

/** A browser's cache of one name. */
class Kept {
  readonly entries = new Map<string, Response>();
  full = false;

  readonly match = (address: URL) => Promise.resolve(this.entries.get(address.href)?.clone());
  readonly keys = () => Promise.resolve([...this.entries.keys()].map((url) => ({ url })));
  readonly delete = (url: string) => Promise.resolve(this.entries.delete(url));
  readonly put = (address: URL, answer: Response) => {
    if (this.full) return Promise.reject(new DOMException("", "QuotaExceededError"));
    this.entries.set(address.href, answer);
    return Promise.resolve();
  };
}

let kept: Kept;
let asked: string[];
let status: number;

const bytesOf = (loaded: ArrayBuffer | null) => loaded && [...new Uint8Array(loaded)];

beforeEach(() => {
  kept = new Kept();
  asked = [];
  status = 200;
  vi.stubGlobal("caches", { open: () => Promise.resolve(kept) });
  vi.stubGlobal("fetch", (address: URL) => {
    asked.push(address.href);
    return Promise.resolve(new Response(BYTES, { status }));
  });
});

afterEach(() => { vi.unstubAllGlobals(); });

describe("the weights of the VAD", () => {
  it("are loaded once and then kept, in place of those of an earlier version", async () => {
    kept.entries.set("http://localhost/app/assets/silero-old.bin", new Response("old"));
    expect(bytesOf(await loadWeights(URL_NOW, { cachedOnly: false, signal: SIGNAL }))).toEqual([1, 2, 3]);
    expect([...kept.entries.keys()]).toEqual([HREF]);
    for (const cachedOnly of [true, false]) {
      expect(bytesOf(await loadWeights(URL_NOW, { cachedOnly, signal: SIGNAL }))).toEqual([1, 2, 3]);
    }
    expect(asked).toEqual([HREF]);
  });

  it("are asked of no network that has no room for them", async () => {
    expect(await loadWeights(URL_NOW, { cachedOnly: true, signal: SIGNAL })).toBeNull();
    expect(asked).toEqual([]);
  });

  it("are loaded, and not kept, where nothing can be kept", async () => {
    vi.spyOn(console, "info").mockImplementation(() => undefined);
    const elsewhere = "https://voice.example/app/assets/silero-12345678.bin";
    await loadWeights(elsewhere, { cachedOnly: false, signal: SIGNAL });
    kept.full = true;
    await loadWeights(URL_NOW, { cachedOnly: false, signal: SIGNAL });
    vi.stubGlobal("caches", { open: () => Promise.reject(new DOMException("", "SecurityError")) });
    await loadWeights(URL_NOW, { cachedOnly: false, signal: SIGNAL });
    vi.stubGlobal("caches", undefined);
    expect(bytesOf(await loadWeights(URL_NOW, { cachedOnly: false, signal: SIGNAL }))).toEqual([1, 2, 3]);
    expect(asked).toEqual([elsewhere, HREF, HREF, HREF]);
    expect(kept.entries.size).toBe(0);
  });

  it("are not kept when the answer is an error", async () => {
    status = 404;
    await expect(loadWeights(URL_NOW, { cachedOnly: false, signal: SIGNAL })).rejects.toThrow("404");
    expect(kept.entries.size).toBe(0);
  });
});
