/**
 * The VAD's weights, kept on the device as soon as they were loaded once. Not left to the browser's own cache: it can be
 * asked for what it has ("only-if-cached"), but where it has nothing, that is an error in the console.
 */

const CACHE = "s2s-vad-weights";

export interface WeightsLoading {
  /** Take only weights that are kept: the connection has no bandwidth to spare. */
  readonly cachedOnly: boolean;
  readonly signal: AbortSignal;
}

/** Returns the weights; null if `cachedOnly` and none are kept. Throws if they cannot be loaded. */
export async function loadWeights(url: string, { cachedOnly, signal }: WeightsLoading): Promise<ArrayBuffer | null> {
  const address = new URL(url, window.location.href);
  // In a page of another origin they would fill that page's storage.
  const cache = address.origin === window.location.origin ? await openCache() : null;
  const kept = await cache?.match(address);
  if (kept) return kept.arrayBuffer();
  if (cachedOnly) return null;
  const answer = await fetch(address, { signal });
  if (!answer.ok) throw new Error(`the ear's weights were answered with ${answer.status}`);
  const weights = await answer.arrayBuffer();
  if (cache) await keep(cache, address, weights);
  return weights;
}

async function openCache(): Promise<Cache | null> {
  // Over plain http there is none, and some private windows refuse it.
  const { caches } = globalThis as { caches?: CacheStorage };
  return (await caches?.open(CACHE).catch(() => null)) ?? null;
}

/** Their name holds a hash of their content: all others in the cache are of earlier versions. */
async function keep(cache: Cache, address: URL, weights: ArrayBuffer): Promise<void> {
  try {
    for (const { url } of await cache.keys()) if (url !== address.href) await cache.delete(url);
    await cache.put(address, new Response(weights.slice(0)));
  } catch (fault) {
    console.info("S2S: there is no room for the ear's weights; they are loaded again for the next conversation.", fault);
  }
}
