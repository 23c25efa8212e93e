// Answers that wait to be sent: kept in the browser, sealed, until the server has them. Values
// only, no words.

import { isOurs, post } from "../components/post.js";
import { removeAnswers, removeUnused } from "../offline/patient_store.js";
import { openAnswers } from "../offline/vault.js";

const RETRY_MS = 4_000;
const SIGNED_OUT = new Set([400, 401, 403, 404]);

// Everything was sent: nothing of this check-in stays on the device.
export function start(page) {
  removeAnswers(({ person }) => person === page.dataset.answersSent).catch(() => {});
}

// What an answer of the server means for the page; "" where the entry is done with.
export function stateOf(answer) {
  if (answer.ok) return isOurs(answer) ? "" : "busy";
  if (answer.type === "opaqueredirect" || SIGNED_OUT.has(answer.status)) return "signed-out";
  if (answer.status === 409) return "closed";
  return answer.status === 422 ? "refused" : "busy";
}

// Answers stand in this page at once, and on the device a moment later: what is tapped goes out
// without waiting for it. Sends them one after the other, in the order they were given, and tells
// by `onState` how it stands: "saved", "waiting", "busy", "signed-out", "closed" or "refused".
export class Outbox {
  entries = []; // { at, code, value, seconds }, and `id`: a promise of its number in the vault
  onState = () => {};
  onTaken = () => {}; // the server has an entry, which is still here
  #instrument;
  #url;
  #token;
  #vault;
  #running = null;
  #timer = 0;
  #last = 0;
  #round = 0; // how often sending began
  #result = ""; // what became of answers that left, and was not said yet
  #removals = [];
  #leaving = false;

  // Take up what waits from an earlier page.
  static async open({ checkIn, ...options }) {
    await removeUnused();
    const outbox = new Outbox(await openAnswers(checkIn), options);
    const { entries } = await outbox.#vault.waiting();
    outbox.entries = entries
      .filter(({ instrument }) => instrument === options.instrument)
      .map(({ id, ...entry }) => ({ ...entry, id: Promise.resolve(id) }));
    return outbox;
  }

  constructor(vault, { instrument, url, token }) {
    this.#vault = vault;
    this.#instrument = instrument;
    this.#url = url;
    this.#token = token;
    window.addEventListener("online", () => this.flush());
    window.addEventListener("beforeunload", () => this.#leave());
    document.addEventListener("visibilitychange", () => document.hidden || this.flush());
  }

  get vault() {
    return this.#vault;
  }

  get isLasting() {
    return this.#vault.isLasting;
  }

  put(code, value, seconds) {
    this.#last = Math.max(Date.now(), this.#last + 1); // two answers never share an instant
    const entry = { at: new Date(this.#last).toISOString(), code, value, seconds };
    const id = this.#vault.add({ instrument: this.#instrument, ...entry }).catch(() => null);
    this.entries.push({ ...entry, id });
    return this.flush();
  }

  flush() {
    this.#running ??= this.#send().finally(() => (this.#running = null));
    return this.#running;
  }

  async forget() {
    for (const entry of [...this.entries]) await this.#remove(entry);
  }

  // First into the page that is kept, then out of here: at no moment is an answer in neither.
  async #remove(entry, { isTaken = false } = {}) {
    this.entries = this.entries.filter((one) => one !== entry);
    const id = await entry.id;
    if (isTaken) await this.onTaken(entry);
    // Closed by a sign-out, which removes it too.
    if (id !== null) await this.#vault.remove([id]).catch(() => {});
  }

  // The page that comes next may have been made before what is under way arrived: it stays here for
  // that page to take up, and arrives twice, which changes nothing. Dialling a number looks like
  // leaving too, so this passes.
  #leave() {
    this.#leaving = true;
    setTimeout(() => {
      this.#leaving = false;
      this.flush();
    }, RETRY_MS);
  }

  async #send() {
    clearTimeout(this.#timer);
    this.#round += 1;
    for (let [entry] = this.entries; entry; [entry] = this.entries) {
      const problem = await this.#post(entry);
      if (this.#leaving) return false;
      if (problem && problem !== "refused" && problem !== "closed") return this.#wait(problem);
      this.#removals.push(this.#remove(entry, { isTaken: !problem }));
      this.#result = problem || this.#result || "saved";
    }
    // What was refused must not be taken for saved, nor be sent off as left out. What came too late
    // is heard by the server all the same, and does not stay on the device.
    const result = this.#result;
    this.#announce(this.#round);
    return result === "" || result === "saved";
  }

  // Said once nothing of it waits here any more, and not before answers that were given meanwhile.
  async #announce(round) {
    await Promise.all(this.#removals);
    if (round !== this.#round || !this.#result) return;
    const result = this.#result;
    this.#result = "";
    this.#removals = [];
    this.onState(result);
  }

  async #wait(problem) {
    if (problem !== "signed-out") this.#timer = setTimeout(() => this.flush(), RETRY_MS);
    await Promise.all(this.entries.map(({ id }) => id)); // said once it is true
    // The browser may have thrown its store away meanwhile: it is made anew, or the page says so.
    await this.#vault.waiting().catch(() => {});
    this.onState(problem);
    return false;
  }

  async #post({ at, code, value, seconds }) {
    try {
      const fields = { at, code, value, seconds };
      return stateOf(await post(this.#url, this.#token(), fields, "manual"));
    } catch {
      return "waiting";
    }
  }
}
