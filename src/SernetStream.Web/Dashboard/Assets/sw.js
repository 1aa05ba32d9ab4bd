// Keeps the shell of the pages, so that they open while the node restarts: pages, scripts, styles, icons. Whatever the
// node says (events, the diary, counters) is never kept. The network comes first, so that a new version shows at once.
const cacheName = "shell";
const pages = new Set(["/", "/history", "/setup"]);
const parts = /^\/[\w-]+\.(js|css|svg|png|webmanifest)$/;

function keyOf(request) {
  const { origin, pathname, searchParams } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) {
    return null;
  }
  if (pathname === "/" && searchParams.get("view") === "wall") {
    return "/?view=wall";
  }
  if (pathname === "/" && searchParams.has("room")) {
    return "/?room";
  }
  return pages.has(pathname) || parts.test(pathname) ? pathname : null;
}

async function answer(event, key) {
  try {
    const fresh = await fetch(event.request);
    if (fresh.ok && fresh.type === "basic" && !fresh.redirected) {
      const kept = fresh.clone();
      event.waitUntil(caches.open(cacheName).then((cache) => cache.put(key, kept)));
    }
    return fresh;
  } catch (error) {
    const kept = await caches.match(key);
    if (kept === undefined) {
      throw error;
    }
    return kept;
  }
}

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const key = keyOf(event.request);
  if (key !== null) {
    event.respondWith(answer(event, key));
  }
});
