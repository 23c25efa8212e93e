// The line to the server: who is signed in there, how late it is there, and whether it answers at all.

const PATIENCE_MS = 12_000; // a request that hangs longer is taken for lost; what it carried is sent again
const SURE_WITHIN_MS = 4_000; // an answer that took longer says little about the server's clock

const meta = () => document.querySelector("meta[name=csrf-token]");

// `how` is "saved" while the server answers; otherwise "away" (no connection), "busy" (it fails), "signed-out",
// "other" (somebody else is signed in) or "gone" (it knows no such session).
export class Line {
  how = "saved";
  offset = 0; // what has to be added to this device's clock to have the server's
  #aliveUrl;
  #token = "";

  constructor({ person, aliveUrl, offset = 0 }) {
    this.person = person;
    this.offset = offset;
    this.#aliveUrl = aliveUrl;
  }

  now() {
    return new Date(Date.now() + this.offset);
  }

  get lost() {
    return this.how === "signed-out" || this.how === "other";
  }

  get(url) {
    return this.#ask(url, {});
  }

  // A form token that a new sign-in made worthless is fetched anew; only for the same person.
  async post(url, body) {
    if (!this.#currentToken() && (await this.whoIsThere()) !== "saved") return null;
    const told = await this.#post(url, body);
    if (this.how !== "signed-out" || (await this.whoIsThere()) !== "saved") return told;
    return this.#post(url, body);
  }

  #post(url, body) {
    return this.#ask(url, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "Content-Type": "application/json", "X-CSRFToken": this.#currentToken() },
    });
  }

  #currentToken() {
    return meta()?.content || this.#token; // layouts/idle.js may have adopted a newer one
  }

  // Ask who is signed in. The server takes this for use of the browser, so it is asked only after an answer failed.
  async whoIsThere() {
    const told = await this.#ask(this.#aliveUrl, {});
    if (told && String(told.person) !== this.person) this.how = "other";
    else if (told) {
      this.#token = told.csrf_token;
      meta()?.setAttribute("content", told.csrf_token);
      document
        .querySelectorAll("input[name=csrf_token]")
        .forEach((input) => (input.value = told.csrf_token));
    }
    return this.how;
  }

  async #ask(url, request) {
    const before = Date.now();
    try {
      const answer = await fetch(url, {
        redirect: "manual",
        signal: AbortSignal.timeout(PATIENCE_MS),
        ...request,
        headers: { Accept: "application/json", "X-Requested-With": "fetch", ...request.headers },
      });
      this.how = meaning(answer);
      if (this.how !== "saved") return null;
      const told = await answer.json();
      if (told.now) this.#learn(Date.parse(told.now), before);
      return told;
    } catch (error) {
      this.how = error instanceof SyntaxError ? "busy" : "away";
      return null;
    }
  }

  // The answer was written about half-way between asking and hearing it.
  #learn(theirs, before) {
    const after = Date.now();
    if (after - before <= SURE_WITHIN_MS && after >= before)
      this.offset = theirs - (before + after) / 2;
  }
}

function meaning(answer) {
  if (answer.ok) return "saved";
  if (answer.type === "opaqueredirect" || [400, 401, 403].includes(answer.status))
    return "signed-out";
  return answer.status === 404 ? "gone" : "busy";
}
