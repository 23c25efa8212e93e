// What waits in the browser is sealed: one key for each person, made here, which no script can read out (decision 0012).
// In the clear stand only whose it is and, for a session that is kept, its number. Signing out throws all of it away.

const NAME = "chair";
const COUNT = "chair-waiting"; // how many entries wait: a number for pages that need not open the store
const CIPHER = "AES-GCM";
const IV_BYTES = 12; // what AES-GCM is made for: NIST SP 800-38D, 5.2.1.1
const LASTING = { durability: "strict" }; // kept means on the disk, not on its way there

// How many entries wait in this browser; -1 where nothing was ever kept.
export function waitingCount() {
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

const resultOf = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

const completion = (transaction) =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });

let opening = null;

function database() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("keys", { keyPath: "person" });
      request.result.createObjectStore("entries", { keyPath: "id", autoIncrement: true });
      request.result.createObjectStore("sessions", { keyPath: ["person", "session"] });
    };
    request.onsuccess = () => {
      // Signing out in another tab must not wait for this one. What is closed stays closed: nothing is made anew.
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
  });
  return opening;
}

async function read(store, ask) {
  const transaction = (await database()).transaction(store);
  return resultOf(ask(transaction.objectStore(store)));
}

async function write(store, change) {
  const transaction = (await database()).transaction(store, "readwrite", LASTING);
  const request = change(transaction.objectStore(store));
  await completion(transaction);
  return request?.result;
}

// Two tabs may both make a key; the one that is stored first is the one.
async function keyOf(person) {
  const algorithm = { name: CIPHER, length: 256 };
  const made = await crypto.subtle.generateKey(algorithm, false, ["encrypt", "decrypt"]);
  const transaction = (await database()).transaction("keys", "readwrite", LASTING);
  const keys = transaction.objectStore("keys");
  const { key } = (await resultOf(keys.get(person))) ?? { key: made };
  keys.put({ person, key, usedAt: Date.now() });
  await completion(transaction);
  return key;
}

// Whose page stood on this device last, with their key: for a page that no server could say it to.
export async function lastPerson() {
  const keys = await read("keys", (store) => store.getAll());
  return keys.sort((one, other) => other.usedAt - one.usedAt)[0]?.person ?? "";
}

class Vault {
  isLasting = true;
  #person;
  #key;

  constructor(person, key) {
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

  // 1. Entries that wait, in the order they were written.

  async add(entry) {
    const sealed = await this.#seal(entry);
    return write("entries", (store) => store.add(sealed));
  }

  async replace(id, entry) {
    const sealed = await this.#seal(entry);
    await write("entries", (store) => store.put({ id, ...sealed }));
  }

  async remove(ids) {
    await write("entries", (store) => ids.forEach((id) => store.delete(id)));
  }

  // Those of this person, and how many wait for others.
  async waiting() {
    const rows = await read("entries", (store) => store.getAll());
    setWaitingCount(rows.length);
    const mine = rows.filter(({ person }) => person === this.#person);
    const entries = await Promise.all(
      mine.map(async (row) => ({ ...(await this.#unseal(row)), id: row.id })),
    );
    return { entries, others: rows.length - mine.length };
  }

  // 2. What the page needs of a session when no server answers.

  async putSession(session, value) {
    const sealed = await this.#seal(value);
    await write("sessions", (store) => store.put({ session, ...sealed }));
  }

  async getSession(session) {
    const row = await read("sessions", (store) => store.get([this.#person, session]));
    return row ? this.#unseal(row) : null;
  }

  // Entries that were taken while another page stood open belong to what is kept all the same.
  async appendEntries(session, entries) {
    const stored = await this.getSession(session);
    if (!stored) return;
    await this.putSession(session, { ...stored, entries: [...stored.entries, ...entries] });
  }

  async removeSession(session) {
    await write("sessions", (store) => store.delete([this.#person, session]));
  }

  async removeSessionsBefore(instant) {
    const rows = await read("sessions", (store) => store.getAll());
    for (const row of rows.filter(({ person }) => person === this.#person)) {
      if ((await this.#unseal(row)).keptAt < instant) await this.removeSession(row.session);
    }
  }
}

// Without a secure address, or where storage is barred, entries wait as long as the page stays open.
class Memory {
  isLasting = false;
  #entries = new Map();
  #last = 0;

  async add(entry) {
    this.#last += 1;
    this.#entries.set(this.#last, entry);
    return this.#last;
  }

  async replace(id, entry) {
    this.#entries.set(id, entry);
  }

  async remove(ids) {
    ids.forEach((id) => this.#entries.delete(id));
  }

  async waiting() {
    return {
      entries: [...this.#entries].map(([id, entry]) => ({ ...entry, id })),
      others: 0,
    };
  }

  async putSession() {}

  async getSession() {
    return null;
  }

  async appendEntries() {}

  async removeSession() {}

  async removeSessionsBefore() {}
}

export async function openVault(person) {
  if (!globalThis.crypto?.subtle || !globalThis.indexedDB) return new Memory();
  try {
    const vault = new Vault(person, await keyOf(person));
    await vault.waiting(); // a key that opens nothing must show now, not when an entry was typed
    return vault;
  } catch {
    return new Memory();
  }
}

export async function wipe() {
  setWaitingCount(-1);
  const gone = new Promise((resolve) => {
    const request = indexedDB.deleteDatabase(NAME);
    request.onsuccess = request.onerror = () => resolve();
    request.onblocked = () => resolve(); // it goes when the last tab lets go of it
  });
  const names = (await globalThis.caches?.keys()) ?? [];
  await Promise.all([gone, ...names.map((name) => caches.delete(name))]);
}
