// Answers that wait to be sent: kept in the browser, one entry each, until the server has them. Values only, no words.

const MARK = "answer|";
const KEPT_MS = 14 * 24 * 3600_000; // as long as a link may last
const RETRY_MS = 4_000;

// Without storage answers wait in this page only.
const memory = new Map();
const inPage = {
  keys: () => [...memory.keys()],
  get: (key) => memory.get(key),
  set: (key, text) => memory.set(key, text),
  drop: (key) => memory.delete(key),
};
const inStorage = {
  keys: () => Object.keys(localStorage),
  get: (key) => localStorage.getItem(key),
  set: (key, text) => localStorage.setItem(key, text),
  drop: (key) => localStorage.removeItem(key),
};

function storage() {
  try {
    localStorage.setItem(`${MARK}probe`, "");
    localStorage.removeItem(`${MARK}probe`);
    return inStorage;
  } catch {
    return inPage;
  }
}

const store = storage();

function forget(prefix) {
  store
    .keys()
    .filter((key) => key.startsWith(prefix))
    .forEach((key) => store.drop(key));
}

function forgetOld() {
  const last = Date.now() - KEPT_MS;
  for (const key of store.keys()) {
    if (key.startsWith(MARK) && Date.parse(key.split("|")[3]) < last) store.drop(key);
  }
}

// Everything was sent: nothing of this check-in stays on the device.
export function start(page) {
  forget(`${MARK}${page.dataset.answersSent}|`);
}

// What an answer of the server means for the page; "" where the entry is done with.
function stateOf(answer) {
  if (answer.ok) return "";
  if (answer.type === "opaqueredirect" || answer.status === 400 || answer.status === 401)
    return "signed-out";
  if (answer.status === 403 || answer.status === 404) return "signed-out";
  if (answer.status === 409) return "closed";
  return answer.status === 422 ? "refused" : "busy";
}

// Sends entries one after the other, in the order they were given, and tells how it stands:
// "saved", "waiting", "busy", "signed-out", "closed" or "refused".
export class Outbox {
  #prefix;
  #url;
  #token;
  #onState;
  #running = null;
  #timer = 0;
  #last = 0;
  #leaving = false;

  constructor({ checkIn, instrument, url, token, onState }) {
    this.#prefix = `${MARK}${checkIn}|${instrument}|`;
    this.#url = url;
    this.#token = token;
    this.#onState = onState;
    forgetOld();
    window.addEventListener("online", () => this.flush());
    window.addEventListener("beforeunload", () => this.#leave());
    document.addEventListener("visibilitychange", () => document.hidden || this.flush());
  }

  #keys() {
    return store
      .keys()
      .filter((key) => key.startsWith(this.#prefix))
      .sort();
  }

  // What waits, in its order.
  entries() {
    return this.#keys().map((key) => {
      const [, , , at, code] = key.split("|");
      const [value, seconds] = (store.get(key) ?? "|0").split("|");
      return { key, at, code, value, seconds };
    });
  }

  put(code, value, seconds) {
    this.#last = Math.max(Date.now(), this.#last + 1); // two answers never share an instant
    const at = new Date(this.#last).toISOString();
    store.set(`${this.#prefix}${at}|${code}`, `${value}|${seconds}`);
    return this.flush();
  }

  flush() {
    this.#running ??= this.#send().finally(() => (this.#running = null));
    return this.#running;
  }

  forget() {
    forget(this.#prefix);
  }

  // The page that comes next may have been made before what is under way arrived: it stays here for that page to take
  // up, and arrives twice, which changes nothing. Dialling a number looks like leaving too, so this passes.
  #leave() {
    this.#leaving = true;
    setTimeout(() => {
      this.#leaving = false;
      this.flush();
    }, RETRY_MS);
  }

  async #send() {
    clearTimeout(this.#timer);
    let sent = false;
    let state = "saved";
    for (let [entry] = this.entries(); entry; [entry] = this.entries()) {
      const problem = await this.#post(entry);
      if (this.#leaving) return false;
      if (problem && problem !== "refused" && problem !== "closed") {
        if (problem === "waiting" || problem === "busy")
          this.#timer = setTimeout(() => this.flush(), RETRY_MS);
        this.#onState(problem);
        return false;
      }
      store.drop(entry.key);
      sent = true;
      state = problem || state;
    }
    // What was refused must not be taken for saved, nor be sent off as left out. What came too late is heard by the
    // server all the same, and does not stay on the device.
    if (sent) this.#onState(state);
    return state === "saved";
  }

  async #post({ at, code, value, seconds }) {
    try {
      return stateOf(await post(this.#url, this.#token(), { at, code, value, seconds }, "manual"));
    } catch {
      return "waiting";
    }
  }
}

// A form that a script sends; "fetch" asks for a plain 401 when nobody is signed in any more.
export function post(url, token, fields, redirect) {
  return fetch(url, {
    method: "POST",
    body: new URLSearchParams(fields),
    redirect,
    keepalive: true,
    headers: { "X-CSRFToken": token, "X-Requested-With": "fetch" },
  });
}
