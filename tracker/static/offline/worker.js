// Answers for a page when no server does: with a page of nobody, which opens what the browser keeps
// sealed (decisions 0012 and 0045). Only that page and the files below are kept, never a page of a
// patient.

const SHARED = [
  "components/clock.js",
  "components/forms.css",
  "components/scale.js",
  "layouts/appearance.js",
  "layouts/bootstrap.css",
  "layouts/idle.js",
  "layouts/mark.svg",
  "layouts/out_of_sight.js",
  "layouts/page.js",
  "layouts/sign_in.js",
  "layouts/site.css",
  "layouts/theme.js",
  "offline/database.js",
  "offline/memory.js",
  "offline/patient_store.js",
  "offline/recovery.js",
  "offline/shells.js",
  "offline/vault.js",
  "offline/worker_start.js",
];
const CHAIR = [
  "components/confirm.js",
  "components/dose_slips.js",
  "components/numbers.js",
  "components/picker.js",
  "components/typed_days.js",
  "layouts/icons.svg",
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
  "live/session_log.js",
  "live/shell.js",
  "live/status.js",
  "live/times.js",
  "live/when.js",
  "offline/connection.js",
  "offline/queue.js",
  "timelines/picture.js",
];
const PATIENT = [
  "answers/answers.css",
  "answers/outbox.js",
  "answers/question.js",
  "answers/questions.js",
  "answers/review.js",
  "components/choices.js",
  "components/drafts.js",
  "components/post.js",
  "diary/diary.css",
  "diary/send.js",
  "diary/words.js",
  "offline/pages.js",
  "offline/patient_shell.js",
];

const PATIENT_PAGES = [
  "my/",
  "answers/",
  "answers/\\d+/",
  "answers/\\d+/questions/[\\w-]+/",
  "diary/",
  "diary/talk",
  "diary/\\d+/(now|note)",
  "diary/sessions/\\d+/day-after",
  "links/[\\w-]+",
];

// A device keeps the parts that its pages asked for: a patient's phone nothing of the chair.
const PARTS = [
  { name: "chair", shell: "/chair", files: CHAIR, pages: /^\/sessions\/\d+\/live\/$/ },
  {
    name: "patient",
    shell: "/answers/shell",
    files: PATIENT,
    // Where nothing is kept of a page, whom to call stands there all the same.
    pages: new RegExp(`^/(${PATIENT_PAGES.join("|")})$`),
  },
].map(({ files, ...part }) => ({
  ...part,
  kept: [part.shell, ...[...SHARED, ...files].map((name) => `/static/${name}`)],
}));
// Pages name a file with the version of all files in front; it is kept by its plain name.
const VERSION = /^\/static\/[0-9a-f]{8}\//;
const plainName = (pathname) => pathname.replace(VERSION, "/static/");
const PATIENCE_MS = 10_000; // a connection that hangs longer is none
const FAILED = new Set([502, 503, 504]); // what stands before a server that is down answers so

// All or nothing: files of two versions are never mixed. Asked for as nobody, so that the answer is
// nobody's.
async function keep({ name, kept }) {
  const cache = await caches.open(name);
  await cache.addAll(
    kept.map((url) => new Request(url, { credentials: "omit", cache: "no-cache" })),
  );
}

// A new version of this script brings new files for what the device has.
async function keepAgain() {
  const names = await caches.keys();
  await Promise.all(PARTS.filter(({ name }) => names.includes(name)).map(keep));
}

// Pages that were answered with a kept one, and the part it is of: their files come from the same
// place, at once and of the same version.
const shells = new Map();

const fromCache = (url, cacheName) => caches.match(url, { ignoreVary: true, cacheName });

self.addEventListener("install", (event) =>
  event.waitUntil(keepAgain().then(() => self.skipWaiting())),
);
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("message", (event) => {
  const part = PARTS.find(({ name }) => name === event.data);
  if (part) event.waitUntil(keep(part).catch(() => {}));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname: asked } = new URL(request.url);
  const pathname = plainName(asked);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode !== "navigate") {
    if (PARTS.some(({ kept }) => kept.includes(pathname))) event.respondWith(file(event, pathname));
    return;
  }
  const part = PARTS.find(({ pages }) => pages.test(pathname));
  if (part) event.respondWith(page(event, part));
});

async function page({ request, resultingClientId }, { name, shell }) {
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
  const answer = await Promise.race([fetch(request).catch(() => null), late]);
  if (answer && !FAILED.has(answer.status)) return answer;
  const kept = await fromCache(shell, name);
  if (kept) shells.set(resultingClientId, name);
  return kept ?? answer ?? Response.error();
}

async function file({ request, clientId }, pathname) {
  const found = await fromCache(pathname, shells.get(clientId));
  if (found && shells.has(clientId)) return found;
  return fetch(request).catch((error) => found ?? Promise.reject(error));
}
