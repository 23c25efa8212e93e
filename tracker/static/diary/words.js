// What a patient wrote and the server does not have: kept on the device, sealed, a form an entry.

import { isOurs, post } from "../components/post.js";
import { adoptToken } from "../layouts/idle.js";
import { removeUnused } from "../offline/patient_store.js";
import { openAnswers } from "../offline/vault.js";

const WAITS = "words-wait"; // whose words are to be sent: an id, for pages that need not open the store
const PATIENCE_MS = 12_000; // a request that hangs longer is taken for lost, and sent again
const NOT_WRITTEN = new Set(["once", "pressed_at"]);

export const fieldsOf = (form) =>
  [...new FormData(form)].filter(
    ([name, text]) => name !== "csrf_token" && !(text instanceof Blob),
  );

export const isBlank = (fields) =>
  fields.every(([name, text]) => NOT_WRITTEN.has(name) || !text.trim());

// Put back into a form what was given before.
export function fill(form, fields) {
  const given = (name, value) => fields.some(([one, text]) => one === name && text === value);
  for (const input of form.elements) {
    const isChoice = input.type === "radio" || input.type === "checkbox";
    if (isChoice) input.checked = given(input.name, input.value);
    else input.value = fields.find(([name]) => name === input.name)?.[1] ?? input.value;
  }
  for (const scale of form.querySelectorAll("fieldset")) scale.dispatchEvent(new Event("change")); // what stands beside the answers
}

// Entries: { path, fields, wanted }; `wanted` once Send was pressed.
export class Words {
  #person;
  #vault;
  #entries;
  #last = Promise.resolve(); // one change after the other

  static async open(person) {
    await removeUnused();
    const vault = await openAnswers(`person-${person}`);
    const { entries } = await vault.waiting();
    const words = new Words(person, vault, entries);
    words.#flag();
    return words;
  }

  constructor(person, vault, entries) {
    this.#person = person;
    this.#vault = vault;
    this.#entries = new Map(entries.map((entry) => [entry.path, entry]));
  }

  get vault() {
    return this.#vault;
  }

  get isLasting() {
    return this.#vault.isLasting;
  }

  get wanted() {
    return [...this.#entries.values()].filter(({ wanted }) => wanted);
  }

  find(path) {
    return this.#entries.get(path);
  }

  // Resolves once it is kept.
  put(entry) {
    const { path } = entry;
    return this.#after(async () => {
      const id = this.#entries.get(path)?.id;
      if (id) await this.#vault.replace(id, entry);
      this.#entries.set(path, { ...entry, id: id ?? (await this.#vault.add(entry)) });
    });
  }

  remove(path) {
    return this.#after(async () => {
      const entry = this.#entries.get(path);
      this.#entries.delete(path);
      if (entry) await this.#vault.remove([entry.id]);
    });
  }

  // Closed by a sign-out, which removes it too.
  #after(change) {
    this.#last = this.#last
      .then(change)
      .catch(() => {})
      .then(() => this.#flag());
    return this.#last;
  }

  #flag() {
    try {
      if (this.wanted.length) localStorage.setItem(WAITS, this.#person);
      else if (localStorage.getItem(WAITS) === this.#person) localStorage.removeItem(WAITS);
    } catch {
      // They are sent once their page is opened again.
    }
  }
}

// Send a form. "" where the server has it now; "away" or "busy" where it is to be tried again;
// "signed-out", "other" (somebody else is signed in), or "refused", which the server's page explains.
export async function send(path, fields, { token, aliveUrl, person }) {
  const answer = await stateOf(path, fields, token);
  if (answer !== "signed-out") return answer;
  const fresh = await freshToken(aliveUrl, person).catch(() => ({ problem: "away" }));
  if (fresh.problem) return fresh.problem;
  adoptToken(fresh.token);
  return stateOf(path, fields, fresh.token);
}

const soon = () => AbortSignal.timeout(PATIENCE_MS);

async function stateOf(path, fields, token) {
  try {
    const answer = await post(path, token, fields, "manual", soon());
    if (answer.ok) return isOurs(answer) ? "" : "busy";
    if (answer.status === 400 || answer.status === 401) return "signed-out";
    // Whoever leads elsewhere is not our server: it tells a script all by numbers.
    return answer.type === "opaqueredirect" || answer.status >= 500 ? "busy" : "refused";
  } catch {
    return "away";
  }
}

// A new sign-in brings a new form token; only for the same person.
async function freshToken(aliveUrl, me) {
  const headers = { Accept: "application/json", "X-Requested-With": "fetch" };
  const answer = await fetch(aliveUrl, { redirect: "manual", headers, signal: soon() });
  if (!answer.ok) return { problem: answer.status >= 500 ? "busy" : "signed-out" };
  const { csrf_token: token, person } = await answer.json();
  return person === me ? { token } : { problem: "other" };
}
