/** Everything that the page keeps in the browser. Its names begin alike: pages of others may live at the same origin. */

const PREFIX = "s2s-";

/** Deletes the page's entries of localStorage or sessionStorage. */
export function clearStorage(storage: Storage | null): void {
  if (!storage) return;
  const names = Array.from({ length: storage.length }, (_, at) => storage.key(at));
  for (const name of names) if (name?.startsWith(PREFIX)) storage.removeItem(name);
}

/** Deletes the caches of the service worker, and the worker itself. Without either, as over plain http, it does nothing. */
export async function removeServiceWorker(): Promise<void> {
  const { serviceWorker } = navigator as { serviceWorker?: ServiceWorkerContainer };
  const registration = await serviceWorker?.getRegistration();
  await registration?.unregister();
  const { caches: kept } = globalThis as { caches?: CacheStorage };
  if (!kept) return;
  const names = await kept.keys();
  await Promise.all(names.filter((name) => name.startsWith(PREFIX)).map((name) => kept.delete(name)));
}
