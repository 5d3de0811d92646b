// Keeps the card of today and the page for when something is wrong, with their files. KEPT is put above by the server.
"use strict";
const FILES = `nervelight-files-${KEPT.version}`;
const PAGES = "nervelight-pages";

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(FILES).then((cache) => cache.addAll(KEPT.files)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches.keys()
      .then((names) => Promise.all(names.filter((name) => name !== FILES && name !== PAGES).map((name) => caches.delete(name))))
      .then(() => self.clients.claim())
  );
});

self.addEventListener("message", (event) => {
  if (event.data === "keep") event.waitUntil(keepPages());
  if (event.data === "forget") event.waitUntil(caches.delete(PAGES));
});

// A page of somebody who has been logged out since is a redirect, and is not kept.
const good = (response) => response.ok && !response.redirected && response.type === "basic";

async function keepPages() {
  const cache = await caches.open(PAGES);
  for (const page of KEPT.pages) {
    try {
      const response = await fetch(page, { credentials: "same-origin" });
      if (good(response)) await cache.put(page, response);
    } catch { /* no connection: what is kept stays */ }
  }
}

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (event.request.mode === "navigate") {
    const page = KEPT.pages.find((each) => each === url.pathname) || (url.pathname === "/" ? KEPT.pages[0] : null);
    if (page) event.respondWith(fresh(event.request, page));
  } else if (KEPT.files.includes(url.pathname)) {
    event.respondWith(fetch(event.request).catch(async () => (await caches.match(url.pathname)) || Response.error()));
  }
});

async function fresh(request, page) {
  try {
    const response = await fetch(request);
    if (good(response) && new URL(request.url).pathname === page) {
      const copy = response.clone();
      caches.open(PAGES).then((cache) => cache.put(page, copy));
    }
    return response;
  } catch {
    return (await caches.match(page, { cacheName: PAGES })) || Response.error();
  }
}
