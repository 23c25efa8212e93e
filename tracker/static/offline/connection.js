// The connection to the server: who is signed in there, how late it is there, and whether it
// answers at all.

import { adoptToken, DOUBT } from "../layouts/idle.js";

// A request that hangs longer is taken for lost; what it carried is sent again.
const PATIENCE_MS = 12_000;
const SURE_WITHIN_MS = 4_000; // an answer that took longer says little about the server's clock

const tokenOfPage = () => document.querySelector("meta[name=csrf-token]")?.content ?? "";

// `state` is "saved" while the server answers; otherwise "away" (no connection), "busy" (it fails),
// "signed-out", "other" (somebody else is signed in) or "gone" (it knows no such session).
export class Connection {
  state = "saved";
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

  get needsSignIn() {
    return this.state === "signed-out" || this.state === "other";
  }

  get(url) {
    return this.#ask(url, {});
  }

  // A form token that a new sign-in made worthless is fetched anew; only for the same person.
  async post(url, body) {
    if (!this.#currentToken() && (await this.checkSignIn()) !== "saved") return null;
    const answer = await this.#post(url, body);
    if (this.state !== "signed-out" || (await this.checkSignIn()) !== "saved") return answer;
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
    return tokenOfPage() || this.#token; // the idle clock may have adopted a newer one
  }

  // Ask who is signed in. The server takes this for use of the browser, so it is asked only after
  // an answer failed.
  async checkSignIn() {
    const answer = await this.#ask(this.#aliveUrl, {});
    if (answer && String(answer.person) !== this.person) this.state = "other";
    else if (answer) {
      this.#token = answer.csrf_token;
      adoptToken(answer.csrf_token);
    }
    return this.state;
  }

  async #ask(url, request) {
    const asked = Date.now();
    try {
      const answer = await fetch(url, {
        redirect: "manual",
        signal: AbortSignal.timeout(PATIENCE_MS),
        ...request,
        headers: {
          Accept: "application/json",
          "X-Requested-With": "fetch",
          ...request.headers,
        },
      });
      const before = this.state;
      this.state = stateOf(answer);
      // Signed out, or in again: the page is taken out of sight, or comes back.
      if ([before, this.state].includes("signed-out")) globalThis.dispatchEvent?.(new Event(DOUBT));
      if (this.state !== "saved") return null;
      const body = await answer.json();
      if (body.now) this.#setClock(Date.parse(body.now), asked);
      return body;
    } catch (error) {
      this.state = error instanceof SyntaxError ? "busy" : "away";
      return null;
    }
  }

  // The answer was written about half-way between asking and hearing it.
  #setClock(theirs, before) {
    const after = Date.now();
    if (after - before <= SURE_WITHIN_MS && after >= before) {
      this.offset = theirs - (before + after) / 2;
    }
  }
}

export function stateOf(answer) {
  if (answer.ok) return "saved";
  const isSignedOut = answer.type === "opaqueredirect" || [400, 401, 403].includes(answer.status);
  if (isSignedOut) return "signed-out";
  return answer.status === 404 ? "gone" : "busy";
}
