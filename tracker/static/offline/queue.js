// Entries go out in the order they were written, from one tab at a time, and leave the browser when they were taken.
// Each has a key that was drawn here: one that arrives twice is stored once.

const AT_ONCE = 20;
const LOCK = "chair-sending";
const GONE =
  "The server does not know this session any more. Copy what is needed, then throw the entry away.";

export const drawKey = () =>
  [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");

// Another tab of this person must not send the same entries at the same time; it would only cost, not harm.
const alone = (deed) => (navigator.locks ? navigator.locks.request(LOCK, deed) : deed());

const bare = ({ key, kind, at, content, replaces }) => ({ key, kind, at, content, replaces });

export class Queue {
  entries = []; // what waits, and what was refused: that one has `problems`
  others = 0; // how many wait for another person
  #vault;
  #line;
  #changed;
  #taken;
  #running = null;
  #tabs = new BroadcastChannel("chair");

  constructor({
    vault,
    line,
    changed,
    taken = (wires, session) => vault.learn(session, wires),
    gone = () => {},
  }) {
    this.#vault = vault;
    this.#line = line;
    this.#changed = changed;
    this.#taken = taken;
    this.#tabs.addEventListener("message", ({ data }) =>
      data === "gone" ? gone() : this.refresh(),
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
    this.#changed();
  }

  // Resolves when the entry is kept here; whether it was sent shows later.
  async put(entry) {
    await this.#vault.add(entry);
    await this.#told();
    this.flush();
  }

  // A refused entry that was mended takes its old place.
  async mend(id, entry) {
    await this.#vault.change(id, entry);
    await this.#told();
    this.flush();
  }

  async throwAway(id) {
    await this.#vault.drop([id]);
    await this.#told();
  }

  flush() {
    this.#running ??= alone(() => this.#send())
      .catch(() => {}) // the store was closed by a sign-out; what cannot be read now is asked for again
      .finally(() => (this.#running = null));
    return this.#running;
  }

  async #told() {
    this.#tabs.postMessage("changed");
    await this.refresh();
  }

  async #send() {
    await this.refresh(); // another tab may have sent meanwhile
    while (this.unsent.length) {
      const [first] = this.unsent;
      const batch = this.unsent.filter(({ url }) => url === first.url).slice(0, AT_ONCE);
      const told = await this.#line.post(first.url, { entries: batch.map(bare) });
      if (!told && this.#line.how !== "gone") break;
      await this.#settle(batch, told);
    }
    this.#changed();
  }

  async #settle(batch, told) {
    const refused = new Map((told?.refused ?? []).map(({ key, problems }) => [key, problems]));
    const taken = new Set((told?.taken ?? []).map(({ key }) => key));
    for (const { id, ...entry } of batch.filter(({ key }) => !taken.has(key))) {
      const problems = refused.get(entry.key) ?? [{ field: "", message: GONE }];
      await this.#vault.change(id, { ...entry, problems });
    }
    // First into the log and what is kept of it, then out of here: at no moment is an entry in neither.
    if (taken.size) await this.#taken(told.taken, batch[0].session);
    await this.#vault.drop(batch.filter(({ key }) => taken.has(key)).map(({ id }) => id));
    await this.#told();
  }
}
