// What is kept of patients, as a whole: counted, and let go.

import { ANSWERS, read, write } from "./database.js";

const KEPT_MS = 14 * 24 * 3600_000; // as long as a link may last

// Throw away the keys of some check-ins, and with them what they sealed; `isGone` is asked for each
// key's row.
export async function removeAnswers(isGone) {
  if (!globalThis.indexedDB) return;
  const keys = await read(ANSWERS, "keys", (store) => store.getAll());
  const gone = new Set(keys.filter(isGone).map(({ person }) => person));
  const rows = await read(ANSWERS, "entries", (store) => store.getAll());
  const ids = rows.filter(({ person }) => gone.has(person)).map(({ id }) => id);
  await write(ANSWERS, "entries", (store) => ids.forEach((id) => store.delete(id)));
  const pages = await read(ANSWERS, "sessions", (store) => store.getAllKeys());
  const theirs = pages.filter(([person]) => gone.has(person));
  await write(ANSWERS, "sessions", (store) => theirs.forEach((page) => store.delete(page)));
  await write(ANSWERS, "keys", (store) => gone.forEach((checkIn) => store.delete(checkIn)));
}

// What nobody used for so long is let go, sent or not. Without storage there is nothing to remove.
export function removeUnused() {
  const last = Date.now() - KEPT_MS;
  return removeAnswers(({ usedAt }) => usedAt < last).catch(() => {});
}

// Pages can no longer be read here; what waits to be sent stays.
export async function removePages() {
  if (globalThis.indexedDB) await write(ANSWERS, "sessions", (store) => store.clear());
}

// How many answers and words of patients wait.
export async function countUnsent() {
  if (!globalThis.indexedDB) return 0;
  return read(ANSWERS, "entries", (store) => store.count());
}
