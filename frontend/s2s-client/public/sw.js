/**
 * The installed page's only help where the gateway does not answer: a note that says so. Pages, scripts and calls are
 * never kept here, so nothing of them can be old. docs/decisions/0024 has the reasons.
 */
const CACHE = "s2s-offline-note";
const NOTE = "offline.html";
const LOOK = "offline.css";

self.addEventListener("install", (event) => {
  const fresh = [NOTE, LOOK].map((name) => new Request(name, { cache: "reload" }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(fresh)));
  self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const { mode, url } = event.request;
  const name = mode === "navigate" ? NOTE : url.endsWith(`/${LOOK}`) ? LOOK : "";
  if (name) event.respondWith(fetch(event.request).catch((fault) => kept(name, fault)));
});

async function kept(name, fault) {
  const note = await (await caches.open(CACHE)).match(name);
  if (note) return note;
  throw fault;
}
