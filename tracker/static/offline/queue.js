// Entries go out in the order they were written, from one tab at a time, and leave the browser when
// they were taken. Each has a key that was drawn here: one that arrives twice is stored once.

const AT_ONCE = 20;
const LOCK = "chair-sending";
const UNKNOWN =
  "The server does not know this session any more. Copy what is needed, then throw the entry away.";

export function drawKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Another tab of this person must not send the same entries at the same time; it would only cost,
// not harm.
const alone = (task) => (navigator.locks ? navigator.locks.request(LOCK, task) : task());

const onWire = ({ key, kind, at, content, replaces }) => ({ key, kind, at, content, replaces });

export class Queue {
  entries = []; // what waits, and what was refused: that one has `problems`
  others = 0; // how many wait for another person
  #vault;
  #connection;
  #onChange;
  #onTaken;
  #running = null;
  #tabs = new BroadcastChannel("chair");

  // `onTaken` gets what the server took, and of which session; `onSignOut` is for a sign-out in
  // another tab.
  constructor({ vault, connection, onChange, onTaken, onSignOut }) {
    this.#vault = vault;
    this.#connection = connection;
    this.#onChange = onChange;
    this.#onTaken = onTaken ?? ((entries, session) => vault.appendEntries(session, entries));
    this.#tabs.addEventListener("message", ({ data }) =>
      data === "gone" ? onSignOut() : this.refresh(),
    );
  }

  get unsent() {
    return this.entries.filter((entry) => !entry.problems);
  }

  get refused() {
    return this.entries.filter((entry) => entry.problems);
  }

  async refresh() {
    ({ entries: this.entries, others: this.others } = await this.#vault.waiting());
    this.#onChange();
  }

  // Resolves when the entry is kept here; whether it was sent shows later.
  async put(entry) {
    await this.#vault.add(entry);
    await this.#announce();
    this.flush();
  }

  // A refused entry that was mended takes its old place.
  async mend(id, entry) {
    await this.#vault.replace(id, entry);
    await this.#announce();
    this.flush();
  }

  async throwAway(id) {
    await this.#vault.remove([id]);
    await this.#announce();
  }

  flush() {
    this.#running ??= alone(() => this.#send())
      // The store was closed by a sign-out; what cannot be read now is asked for again.
      .catch(() => {})
      .finally(() => (this.#running = null));
    return this.#running;
  }

  async #announce() {
    this.#tabs.postMessage("changed");
    await this.refresh();
  }

  async #send() {
    await this.refresh(); // another tab may have sent meanwhile
    while (this.unsent.length) {
      const [first] = this.unsent;
      const batch = this.unsent.filter(({ url }) => url === first.url).slice(0, AT_ONCE);
      const answer = await this.#connection.post(first.url, { entries: batch.map(onWire) });
      if (!answer && this.#connection.state !== "gone") break;
      await this.#settle(batch, answer);
    }
    this.#onChange();
  }

  async #settle(batch, answer) {
    const refused = new Map((answer?.refused ?? []).map(({ key, problems }) => [key, problems]));
    const taken = new Set((answer?.taken ?? []).map(({ key }) => key));
    for (const { id, ...entry } of batch.filter(({ key }) => !taken.has(key))) {
      const problems = refused.get(entry.key) ?? [{ field: "", message: UNKNOWN }];
      await this.#vault.replace(id, { ...entry, problems });
    }
    // First into the log and what is kept of it, then out of here: at no moment is an entry in
    // neither.
    if (taken.size) await this.#onTaken(answer.taken, batch[0].session);
    await this.#vault.remove(batch.filter(({ key }) => taken.has(key)).map(({ id }) => id));
    await this.#announce();
  }
}
