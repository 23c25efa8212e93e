// What waits in the browser is sealed: one key for each owner, made here, which no script can read
// out (decisions 0012 and 0014). In the clear stand only whose it is and, for a session that is
// kept, its number. Signing out throws all of it away.

import {
  ANSWERS,
  CHAIR,
  completion,
  forget,
  read,
  remove,
  resultOf,
  write,
  writing,
} from "./database.js";
import { RecoveringVault } from "./recovery.js";

// How many entries wait: a number for pages that need not open the store.
const COUNT = "chair-waiting";
const PATIENCE_MS = 10_000;
const CIPHER = "AES-GCM";
const IV_BYTES = 12; // what AES-GCM is made for: NIST SP 800-38D, 5.2.1.1

const opened = new Set(); // what this page opened

// How many entries of sessions wait in this browser; -1 where nothing was ever kept.
export function waitingCount() {
  const here = [...opened].reduce((count, vault) => count + vault.countHere, 0);
  return here || storedCount();
}

function storedCount() {
  try {
    return Number(localStorage.getItem(COUNT) ?? -1);
  } catch {
    return -1;
  }
}

function setWaitingCount(count) {
  try {
    if (count < 0) localStorage.removeItem(COUNT);
    else localStorage.setItem(COUNT, String(count));
  } catch {
    // Other pages then do not know that something waits; the page of the session does.
  }
}

// Two tabs may both make a key; the one that is stored first is the one.
async function keyOf(name, person) {
  const algorithm = { name: CIPHER, length: 256 };
  const made = await crypto.subtle.generateKey(algorithm, false, ["encrypt", "decrypt"]);
  const transaction = await writing(name, "keys");
  const keys = transaction.objectStore("keys");
  const { key } = (await resultOf(keys.get(person))) ?? { key: made };
  keys.put({ person, key, usedAt: Date.now() });
  await completion(transaction);
  return key;
}

// Whose page stood on this device last, with their key: for a page that no server could say it to.
export async function lastPerson() {
  const keys = await read(CHAIR, "keys", (store) => store.getAll());
  return keys.sort((one, other) => other.usedAt - one.usedAt)[0]?.person ?? "";
}

class Vault {
  #name;
  #person;
  #key;

  constructor(name, person, key) {
    this.#name = name;
    this.#person = person;
    this.#key = key;
  }

  async #seal(value) {
    const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
    const text = new TextEncoder().encode(JSON.stringify(value));
    const data = await crypto.subtle.encrypt({ name: CIPHER, iv }, this.#key, text);
    return { person: this.#person, iv, data };
  }

  async #unseal({ iv, data }) {
    const text = await crypto.subtle.decrypt({ name: CIPHER, iv }, this.#key, data);
    return JSON.parse(new TextDecoder().decode(text));
  }

  #write(store, change) {
    return write(this.#name, store, change);
  }

  // 1. Entries that wait, in the order they were written.

  async replace(id, entry) {
    const sealed = await this.#seal(entry);
    await this.#write("entries", (store) => store.put({ id, ...sealed }));
  }

  async remove(ids) {
    await this.#write("entries", (store) => ids.forEach((id) => store.delete(id)));
  }

  // Those of this person, and how many wait for others.
  async waiting() {
    const rows = await read(this.#name, "entries", (store) => store.getAll());
    if (this.#name === CHAIR) setWaitingCount(rows.length);
    const mine = rows.filter(({ person }) => person === this.#person);
    const entries = await Promise.all(
      mine.map(async (row) => ({ ...(await this.#unseal(row)), id: row.id })),
    );
    return { entries, others: rows.length - mine.length };
  }

  // 2. What the page needs of a session when no server answers.

  async putSession(session, value) {
    const sealed = await this.#seal(value);
    await this.#write("sessions", (store) => store.put({ session, ...sealed }));
  }

  async getSession(session) {
    const row = await read(this.#name, "sessions", (store) => store.get([this.#person, session]));
    return row ? this.#unseal(row) : null;
  }

  // Entries that were taken while another page stood open belong to what is kept all the same.
  async appendEntries(session, entries) {
    const stored = await this.getSession(session);
    if (!stored) return;
    await this.putSession(session, { ...stored, entries: [...stored.entries, ...entries] });
  }

  async removeSession(session) {
    await this.#write("sessions", (store) => store.delete([this.#person, session]));
  }

  async removeSessionsBefore(instant) {
    const rows = await read(this.#name, "sessions", (store) => store.getAll());
    for (const row of rows.filter(({ person }) => person === this.#person)) {
      if ((await this.#unseal(row)).keptAt < instant) await this.removeSession(row.session);
    }
  }
}

// Without a secure address there is no key, and so no store: entries wait as long as the page stays
// open. So they do while a store cannot be used.
async function openIn(name, owner) {
  const hasStore = globalThis.crypto?.subtle && globalThis.indexedDB;
  const open = async () => {
    forget(name);
    const vault = new Vault(name, owner, await keyOf(name, owner));
    await vault.waiting(); // a key that opens nothing must show now, not when an entry was typed
    return vault;
  };
  const vault = new RecoveringVault(hasStore ? () => inTime(open()) : null);
  opened.add(vault);
  await vault.reopen();
  return vault;
}

// A store that does not answer is none: nobody waits for it at the chair.
function inTime(task) {
  const late = new Promise((_, reject) => setTimeout(reject, PATIENCE_MS));
  return Promise.race([task, late]);
}

// What a person writes in sessions.
export const openVault = (person) => openIn(CHAIR, person);

// What is answered in a check-in, or what a patient writes: its owner is the check-in, or
// `person-<id>`. Of both it keeps the pages, too (pages.js).
export const openAnswers = (checkIn) => openIn(ANSWERS, checkIn);

export async function wipe() {
  setWaitingCount(-1);
  for (const name of ["kept-for", "words-wait"]) globalThis.localStorage?.removeItem(name);
  const gone = [CHAIR, ANSWERS].map(remove);
  const names = (await globalThis.caches?.keys()) ?? [];
  await Promise.all([...gone, ...names.map((name) => caches.delete(name))]);
}
