// Answers for the page of a session when no server does: with a page of nobody, which opens what
// the browser keeps sealed (decision 0012). Only that page and the files below are kept, never a
// page of a patient.

const CACHE = "chair";
const SHELL = "/chair";
const LIVE = /^\/sessions\/\d+\/live\/$/;
const PATIENCE_MS = 10_000; // a connection that hangs longer is none
const FAILED = new Set([502, 503, 504]); // what stands before a server that is down answers so
const STATIC = [
  "components/clock.js",
  "components/confirm.js",
  "components/forms.css",
  "components/numbers.js",
  "components/picker.js",
  "components/scale.js",
  "components/typed_days.js",
  "layouts/appearance.js",
  "layouts/bootstrap.css",
  "layouts/icons.svg",
  "layouts/idle.js",
  "layouts/sign_in.js",
  "layouts/mark.svg",
  "layouts/page.js",
  "layouts/site.css",
  "layouts/theme.js",
  "live/chains.js",
  "live/chair.css",
  "live/chair.js",
  "live/dialogs.js",
  "live/doses.js",
  "live/due.js",
  "live/entry_text.js",
  "live/extras.js",
  "live/fields.js",
  "live/log.js",
  "timelines/picture.js",
  "live/session_log.js",
  "live/shell.js",
  "live/status.js",
  "live/times.js",
  "live/when.js",
  "offline/connection.js",
  "offline/database.js",
  "offline/memory.js",
  "offline/queue.js",
  "offline/recovery.js",
  "offline/vault.js",
  "offline/worker_start.js",
];
const KEPT = [SHELL, ...STATIC.map((name) => `/static/${name}`)];
// Pages name a file with the version of all files in front; it is kept by its plain name.
const VERSION = /^\/static\/[0-9a-f]{8}\//;
const plainName = (pathname) => pathname.replace(VERSION, "/static/");

// All or nothing: files of two versions are never mixed. Asked for as nobody, so that the answer is
// nobody's.
async function keep() {
  const cache = await caches.open(CACHE);
  await cache.addAll(
    KEPT.map((url) => new Request(url, { credentials: "omit", cache: "no-cache" })),
  );
}

// Pages that were answered with the kept one: their files come from the same place, at once and of
// the same version.
const shells = new Set();

const fromCache = (url) => caches.match(url, { ignoreVary: true });

self.addEventListener("install", (event) => event.waitUntil(keep().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener(
  "message",
  (event) => event.data === "keep" && event.waitUntil(keep().catch(() => {})),
);

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname: asked } = new URL(request.url);
  const pathname = plainName(asked);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate" && LIVE.test(pathname)) event.respondWith(page(event));
  else if (request.mode !== "navigate" && KEPT.includes(pathname))
    event.respondWith(file(event, pathname));
});

async function page({ request, resultingClientId }) {
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
  const answer = await Promise.race([fetch(request).catch(() => null), late]);
  if (answer && !FAILED.has(answer.status)) return answer;
  const shell = await fromCache(SHELL);
  if (shell) shells.add(resultingClientId);
  return shell ?? answer ?? Response.error();
}

async function file({ request, clientId }, pathname) {
  const found = await fromCache(pathname);
  if (found && shells.has(clientId)) return found;
  return fetch(request).catch((error) => found ?? Promise.reject(error));
}
