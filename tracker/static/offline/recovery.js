// What waits, in a store that may die under the page: site data were cleared (a phone does it by
// itself), the device is full, the database was closed. It is opened anew, with every entry that
// this page knows of. Where that fails, entries wait in this page and go to the server from here.

import { drawId, Memory } from "./memory.js";

const AGAIN_MS = 5_000; // a store that could not be used is not asked at every stroke

export class RecoveringVault {
  onChange = () => {}; // the store was opened anew, or is lost
  #open; // opens a store; null where this browser has none
  #store = null;
  #memory = new Memory(); // what this page knows to wait, also while the store holds it
  #removed = new Set(); // left while there was no store, which may hold them still
  #opening = null;
  #lostAt = 0;
  #isClosed = false;

  constructor(open) {
    this.#open = open;
  }

  // Whether what waits outlives this page.
  get isLasting() {
    return this.#store !== null;
  }

  // Whether there could be a store: there is none without a secure address.
  get canLast() {
    return this.#open !== null;
  }

  // How many wait in this page and nowhere else.
  get countHere() {
    return this.#store ? 0 : this.#memory.ids.length;
  }

  // Signed out: nothing is made anew, and nothing of it stays in this page.
  close() {
    this.#isClosed = true;
    this.#store = null;
    this.#memory = new Memory();
  }

  // Open the store, for the first time or anew; says whether it can be used.
  reopen() {
    this.#opening ??= this.#openAnew().finally(() => (this.#opening = null));
    return this.#opening;
  }

  async #openAnew() {
    if (!this.#open || this.#isClosed || Date.now() - this.#lostAt < AGAIN_MS) return false;
    try {
      const store = await this.#open();
      await store.remove([...this.#removed]);
      const there = new Set((await store.waiting()).entries.map(({ id }) => id));
      for (const { id, ...entry } of this.#memory.entries) {
        if (!there.has(id)) await store.replace(id, entry);
      }
      if (this.#isClosed) return false;
      this.#removed.clear();
      this.#store = store;
      this.onChange();
      return true;
    } catch {
      this.#lose({ isSure: true });
      return false;
    }
  }

  // One that failed in a store that was opened a moment ago is not tried at once again.
  #lose({ isSure }) {
    const had = this.#store !== null;
    this.#store = null;
    if (isSure) this.#lostAt = Date.now();
    if (had) this.onChange();
  }

  // Do something in the store, once more in one that was opened anew; `null` where there is none.
  async #inStore(action) {
    if (this.#isClosed) throw new Error("Signed out: nothing is kept here any more.");
    for (const isLastTry of [false, true]) {
      if (!this.#store && !(await this.reopen())) return null;
      const store = this.#store;
      try {
        return await action(store);
      } catch {
        if (this.#store === store) this.#lose({ isSure: isLastTry });
      }
    }
    return null;
  }

  // 1. Entries that wait, in the order they were written.

  async add(entry) {
    const id = drawId();
    this.#memory.put(id, entry);
    await this.#inStore((store) => store.replace(id, entry));
    return id;
  }

  async replace(id, entry) {
    this.#memory.put(id, entry);
    await this.#inStore((store) => store.replace(id, entry));
  }

  async remove(ids) {
    this.#memory.remove(ids);
    await this.#inStore((store) => store.remove(ids));
    if (!this.#store) for (const id of ids) this.#removed.add(id);
  }

  async waiting() {
    const known = this.#memory.ids;
    const found = await this.#inStore((store) => store.waiting());
    if (!found) return { entries: this.#memory.entries, others: 0 };
    // Another tab may have written some, or sent some.
    const there = new Set(found.entries.map(({ id }) => id));
    this.#memory.remove(known.filter((id) => !there.has(id)));
    for (const { id, ...entry } of found.entries) this.#memory.put(id, entry);
    return found;
  }

  // 2. What the page needs of a session when no server answers: not without a store.

  putSession(session, value) {
    return this.#inStore((store) => store.putSession(session, value));
  }

  getSession(session) {
    return this.#inStore((store) => store.getSession(session));
  }

  appendEntries(session, entries) {
    return this.#inStore((store) => store.appendEntries(session, entries));
  }

  removeSession(session) {
    return this.#inStore((store) => store.removeSession(session));
  }

  removeSessionsBefore(instant) {
    return this.#inStore((store) => store.removeSessionsBefore(instant));
  }
}
