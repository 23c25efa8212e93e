// The databases of this browser: one of what is written in sessions, one of what patients answer.
// Both hold keys, and entries that are sealed with them; the first holds sessions too.

export const CHAIR = "chair";
export const ANSWERS = "answers";
const LASTING = { durability: "strict" }; // kept means on the disk, not on its way there

const opening = new Map();
const thrownAway = new Set();

export const resultOf = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

export const completion = (transaction) =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });

async function open(name) {
  if (thrownAway.has(name)) throw new Error("Signed out: the database is not made anew.");
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("keys", { keyPath: "person" });
    request.result.createObjectStore("entries", { keyPath: "id", autoIncrement: true });
    request.result.createObjectStore("sessions", { keyPath: ["person", "session"] });
  };
  const database = await resultOf(request);
  // Signing out throws the database away, here or in another tab, and must not wait for this page.
  // What is closed so stays closed: nothing is made anew.
  database.onversionchange = () => {
    thrownAway.add(name);
    database.close();
  };
  return database;
}

// Let go of a database that does not answer any more: the next one to ask opens it anew.
export function forget(name) {
  opening.get(name)?.then(
    (database) => database.close(),
    () => {},
  );
  opening.delete(name);
}

// A transaction that writes to a store; what it wrote lasts once it is complete.
export async function writing(name, store) {
  if (!opening.has(name)) opening.set(name, open(name));
  return (await opening.get(name)).transaction(store, "readwrite", LASTING);
}

export async function read(name, store, ask) {
  if (!opening.has(name)) opening.set(name, open(name));
  const transaction = (await opening.get(name)).transaction(store);
  return resultOf(ask(transaction.objectStore(store)));
}

export async function write(name, store, change) {
  const transaction = await writing(name, store);
  const request = change(transaction.objectStore(store));
  await completion(transaction);
  return request?.result;
}

export function remove(name) {
  return new Promise((resolve) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = request.onerror = () => resolve();
    request.onblocked = () => resolve(); // it goes when the last tab lets go of it
  });
}
