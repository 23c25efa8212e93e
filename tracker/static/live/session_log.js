// What is known of a session: what the server said, with what waits here on top, and what of it
// holds.

import { withoutZeros } from "../components/numbers.js";
import { chains, effective, leftAt, startOf } from "./chains.js";
import { nextDue } from "./due.js";

export class SessionLog {
  lines = []; // of the log, one for each chain of corrections
  entries = []; // what holds of them
  begun = null; // when the treatment began, in milliseconds
  #chair;
  #known;
  #said; // { sequence, state, due } as the server said last

  constructor(chair, { entries, sequence, state, due }) {
    this.#chair = chair;
    this.#known = new Map(entries.map((entry) => [entry.key, entry]));
    this.#said = { sequence, state, due };
  }

  get sequence() {
    return this.#said.sequence;
  }

  get isClosed() {
    return this.#said.state !== "under-way";
  }

  // Take an entry of the server; says whether it is news to whoever reads this.
  add(entry) {
    const isNew = !this.#known.has(entry.key);
    this.#known.set(entry.key, entry);
    return isNew && this.sequence > 0 && entry.by !== this.#chair.personName;
  }

  // Take where the server stands; says whether the session's state changed.
  advance({ sequence, state, due }) {
    const isChanged = state !== this.#said.state;
    this.#said = { sequence, state, due };
    return isChanged;
  }

  // `waiting` are entries of this browser that the server has not taken yet, of any session.
  update(waiting) {
    const stored = [...this.#known.values()].sort((one, other) => one.sequence - other.sequence);
    const here = waiting.filter(
      ({ session, key }) => session === this.#chair.session && !this.#known.has(key),
    );
    this.lines = chains([...stored, ...here]);
    this.entries = effective(this.lines);
    this.begun = startOf(this.entries);
  }

  // As checked today, where somebody checked it; else as the plan has it.
  get doseMg() {
    const checked = this.entries.findLast(
      ({ kind, content }) => kind === "gate" && content.dose_mg,
    );
    if (!checked) return this.#chair.doseMg;
    // To the last digit, as it was checked, and so that it is taken as it stands.
    return withoutZeros(String(checked.content.dose_mg));
  }

  get mgPerKg() {
    return this.#chair.mgPerKg;
  }

  // The reading that is due next: as the server said, or by its rule while something waits for it.
  next(now, isAway) {
    if (isAway)
      return nextDue(this.#chair.schedule, this.entries, { now, left: leftAt(this.entries) });
    const { due } = this.#said;
    return due && { minute: due.minute, at: due.at ? Date.parse(due.at) : null };
  }

  // What a page without a server needs of it.
  toStore() {
    return { entries: [...this.#known.values()], ...this.#said };
  }
}
