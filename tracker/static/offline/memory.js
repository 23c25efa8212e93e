// Entries that wait in this page alone: while there is no store, and beside the store, so that what
// was in one that dies can be put into the next.

let lastId = 0;

// In the order of time, and never the same twice on this device: a store that was made anew gives no
// number that an entry has already.
export function drawId() {
  const instant = Date.now() * 1000 + Math.floor(Math.random() * 1000);
  lastId = Math.max(lastId + 1, instant);
  return lastId;
}

export class Memory {
  #entries = new Map();

  get ids() {
    return [...this.#entries.keys()];
  }

  get entries() {
    return [...this.#entries].map(([id, entry]) => ({ ...entry, id }));
  }

  put(id, entry) {
    this.#entries.set(id, entry);
  }

  remove(ids) {
    for (const id of ids) this.#entries.delete(id);
  }
}
