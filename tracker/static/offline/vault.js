// What waits in the browser is sealed: one key for each person, made here, which no script can read out (decision 0012).
// In the clear stand only whose it is and, for a session that is kept, its number. Signing out throws all of it away.

const NAME = "chair";
const HINT = "chair-waiting"; // how many entries wait: a number for pages that need not open the store
const CIPHER = "AES-GCM";
const IV_BYTES = 12; // what AES-GCM is made for: NIST SP 800-38D, 5.2.1.1
const LASTING = { durability: "strict" }; // kept means on the disk, not on its way there

export function hinted() {
  try {
    return Number(localStorage.getItem(HINT) ?? -1); // -1: nothing was ever kept
  } catch {
    return -1;
  }
}

function hint(count) {
  try {
    if (count < 0) localStorage.removeItem(HINT);
    else localStorage.setItem(HINT, String(count));
  } catch {
    // Other pages then do not know that something waits; the page of the session does.
  }
}

const asked = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

const finished = (transaction) =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });

let opened = null;

function database() {
  opened ??= new Promise((resolve, reject) => {
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
  return opened;
}

async function read(store, way) {
  const transaction = (await database()).transaction(store);
  return asked(way(transaction.objectStore(store)));
}

async function write(store, way) {
  const transaction = (await database()).transaction(store, "readwrite", LASTING);
  const request = way(transaction.objectStore(store));
  await finished(transaction);
  return request?.result;
}

// Two tabs may both make a key; the one that is stored first is the one.
async function keyOf(person) {
  const made = await crypto.subtle.generateKey({ name: CIPHER, length: 256 }, false, [
    "encrypt",
    "decrypt",
  ]);
  const transaction = (await database()).transaction("keys", "readwrite", LASTING);
  const keys = transaction.objectStore("keys");
  const { key } = (await asked(keys.get(person))) ?? { key: made };
  keys.put({ person, key, usedAt: Date.now() });
  await finished(transaction);
  return key;
}

// Whose page stood on this device last, with their key: for a page that no server could say it to.
export async function lastPerson() {
  const keys = await read("keys", (store) => store.getAll());
  return keys.sort((one, other) => other.usedAt - one.usedAt)[0]?.person ?? "";
}

export class Vault {
  lasting = true;
  #key;

  constructor(person, key) {
    this.person = person;
    this.#key = key;
  }

  async #seal(value) {
    const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
    const text = new TextEncoder().encode(JSON.stringify(value));
    return { iv, data: await crypto.subtle.encrypt({ name: CIPHER, iv }, this.#key, text) };
  }

  async #unseal({ iv, data }) {
    return JSON.parse(
      new TextDecoder().decode(await crypto.subtle.decrypt({ name: CIPHER, iv }, this.#key, data)),
    );
  }

  // 1. Entries that wait, in the order they were written.

  async add(entry) {
    const sealed = await this.#seal(entry);
    return write("entries", (store) => store.add({ person: this.person, ...sealed }));
  }

  async change(id, entry) {
    const sealed = await this.#seal(entry);
    await write("entries", (store) => store.put({ id, person: this.person, ...sealed }));
  }

  async drop(ids) {
    await write("entries", (store) => ids.forEach((id) => store.delete(id)));
  }

  async waiting() {
    const rows = await read("entries", (store) => store.getAll());
    hint(rows.length);
    const mine = rows.filter(({ person }) => person === this.person);
    const entries = await Promise.all(
      mine.map(async (row) => ({ ...(await this.#unseal(row)), id: row.id })),
    );
    return { entries, others: rows.length - mine.length };
  }

  // 2. What the page needs of a session when no server answers.

  async keep(session, value) {
    const sealed = await this.#seal(value);
    await write("sessions", (store) => store.put({ person: this.person, session, ...sealed }));
  }

  async kept(session) {
    const row = await read("sessions", (store) => store.get([this.person, session]));
    return row ? this.#unseal(row) : null;
  }

  // Entries that were taken while another page stood open belong to what is kept all the same.
  async learn(session, wires) {
    const kept = await this.kept(session);
    if (kept) await this.keep(session, { ...kept, entries: [...kept.entries, ...wires] });
  }

  async forget(session) {
    await write("sessions", (store) => store.delete([this.person, session]));
  }

  async forgetOld(before) {
    const rows = await read("sessions", (store) => store.getAll());
    for (const row of rows.filter(({ person }) => person === this.person)) {
      if ((await this.#unseal(row)).keptAt < before) await this.forget(row.session);
    }
  }
}

// Without a secure address, or where storage is barred, entries wait as long as the page stays open.
class Memory {
  lasting = false;
  #entries = new Map();
  #last = 0;

  constructor(person) {
    this.person = person;
  }

  async add(entry) {
    this.#entries.set((this.#last += 1), entry);
    return this.#last;
  }

  async change(id, entry) {
    this.#entries.set(id, entry);
  }

  async drop(ids) {
    ids.forEach((id) => this.#entries.delete(id));
  }

  async waiting() {
    return { entries: [...this.#entries].map(([id, entry]) => ({ ...entry, id })), others: 0 };
  }

  async keep() {}

  async kept() {
    return null;
  }

  async learn() {}

  async forget() {}

  async forgetOld() {}
}

export async function openVault(person) {
  if (!globalThis.crypto?.subtle || !globalThis.indexedDB) return new Memory(person);
  try {
    const vault = new Vault(person, await keyOf(person));
    await vault.waiting(); // a key that opens nothing must show now, not when an entry was typed
    return vault;
  } catch {
    return new Memory(person);
  }
}

export async function wipe() {
  hint(-1);
  const gone = new Promise((resolve) => {
    const request = indexedDB.deleteDatabase(NAME);
    request.onsuccess = request.onerror = () => resolve();
    request.onblocked = () => resolve(); // it goes when the last tab lets go of it
  });
  const cached = globalThis.caches
    ?.keys()
    .then((names) => Promise.all(names.map((name) => caches.delete(name))));
  await Promise.all([gone, cached]);
}
