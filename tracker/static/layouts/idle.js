// Warn before the idle time-out, then cover the page and take it out of the document: whoever walks
// past must not read it, and nothing typed is lost. So it is where the sign-in was ended elsewhere.

import { findAll, putBack, takeOut } from "./out_of_sight.js";

const WARN_BEFORE_MS = 2 * 60_000;
const LOOK_EVERY_MS = 5_000;
const ASK_EVERY_MS = 60_000;
const STANDING = "/standing"; // who is signed in here; asking is no sign of life
const KEY = "seen-at"; // shared by all tabs: a time, nothing clinical
const LONG_AGO = "1";
export const DOUBT = "sign-in-in-doubt"; // an event: the server took a script for nobody

// When somebody last gave a sign of life in any tab; 0 where that is not known.
export function lastSign() {
  try {
    return Number(localStorage.getItem(KEY)) || 0;
  } catch {
    return 0;
  }
}

// The same, or the sign of this page; a clock set back must not hold the page open.
function seenAt(mine) {
  const shared = lastSign();
  return shared > Date.now() ? mine : Math.max(mine, shared);
}

// A sign of life. What is typed in a session or tapped in a questionnaire is one; polls and
// autosaves are none.
export function renew() {
  const now = Date.now();
  try {
    localStorage.setItem(KEY, String(now));
  } catch {
    // Without storage each tab keeps its own clock.
  }
  return now;
}

// A form token that a new sign-in brought replaces those in the page.
export function adoptToken(token) {
  for (const input of findAll("input[name=csrf_token]")) input.value = token;
  document.querySelector("meta[name=csrf-token]")?.setAttribute("content", token);
}

// Ask whether the same person is (again) signed in; renews the clock on the server.
async function problemOfSignIn({ aliveUrl, person: expected }) {
  const headers = { Accept: "application/json" };
  const answer = await fetch(aliveUrl, { redirect: "manual", headers });
  if (!answer.ok) return "You are not signed in yet.";
  const { csrf_token: token, person } = await answer.json();
  if (person !== expected) return "Somebody else is signed in now. This page stays covered.";
  adoptToken(token);
  return "";
}

function warning(left) {
  const minutes = Math.ceil(left / 60_000);
  const kept = document.querySelector("[data-draft-url]") ? "; what you typed is kept" : "";
  return `You will be signed out in ${minutes} ${minutes === 1 ? "minute" : "minutes"}${kept}.`;
}

// Pages that are kept for a time without a connection are shown to nobody from now on.
async function forgetSigns() {
  try {
    localStorage.setItem(KEY, LONG_AGO);
    if (localStorage.getItem("kept-for") === null) return;
  } catch {
    return;
  }
  const { removePages } = await import("../offline/patient_store.js");
  await removePages();
}

// Who is signed in at this browser: "" for nobody, null where there is no answer.
async function personHere() {
  try {
    const answer = await fetch(STANDING, { redirect: "manual", cache: "no-store" });
    return answer.ok ? (await answer.json()).person : null;
  } catch {
    return null;
  }
}

export const start = (body) => new IdleClock(body);

class IdleClock {
  #body;
  #limit;
  #bar = document.getElementById("idle-bar");
  #text = this.#bar.querySelector("[data-idle-text]");
  #cover = document.getElementById("idle-cover");
  #coverText = this.#cover.querySelector("[data-cover-text]");
  #mine = renew();
  #covered = false;

  constructor(body) {
    this.#body = body;
    this.#limit = Number(body.dataset.idleMinutes) * 60_000;
    for (const button of document.querySelectorAll("[data-idle-continue]")) {
      button.addEventListener("click", () => this.#continue());
    }
    this.#barWaysOut();
    this.#listen();
    this.#look();
  }

  #listen() {
    document.addEventListener("visibilitychange", () => this.#wake());
    window.addEventListener("pageshow", ({ persisted }) => persisted && this.#wake());
    window.addEventListener(DOUBT, () => this.#ask());
    // Another tab gave a sign of life: somebody signed in there.
    window.addEventListener("storage", ({ key }) => this.#covered && key === KEY && this.#ask());
    setInterval(() => this.#look(), LOOK_EVERY_MS);
    setInterval(() => this.#covered || this.#ask(), ASK_EVERY_MS);
  }

  // Escape must not lift the cover, nor the gesture that closes dialogs on a phone.
  #barWaysOut() {
    document.addEventListener("keydown", (event) => {
      if (this.#covered && event.key === "Escape") event.preventDefault();
    });
    this.#cover.addEventListener("close", () => this.#covered && this.#showCover());
  }

  #wake() {
    this.#look();
    if (!document.hidden) this.#ask();
  }

  #look() {
    if (this.#covered) return this.#showCover();
    const left = seenAt(this.#mine) + this.#limit - Date.now();
    const warn = left > 0 && left <= Math.min(WARN_BEFORE_MS, this.#limit / 2);
    this.#bar.hidden = !warn;
    if (warn && this.#text.textContent !== warning(left)) this.#text.textContent = warning(left);
    if (left > 0) return;
    this.#end();
    personHere(); // the server ends it now, and clears what the browser has of pictures
  }

  // Ask the server whether this page's person is still signed in, or is again.
  async #ask() {
    const person = await personHere();
    if (person === null) return;
    const isHere = person === this.#body.dataset.person;
    if (this.#covered && isHere) await this.#continue();
    else if (!this.#covered && !isHere) this.#end();
  }

  #end() {
    this.#covered = true;
    takeOut(this.#cover);
    forgetSigns().catch(() => {});
    import("./sign_in.js").then(({ offer }) =>
      offer(this.#coverText, this.#body, () => this.#continue()),
    );
    this.#showCover();
  }

  #showCover() {
    if (!this.#cover.isConnected) document.body.append(this.#cover);
    if (!this.#cover.open) this.#cover.showModal();
  }

  async #continue() {
    const problem = await problemOfSignIn(this.#body.dataset).catch(
      () => "No connection. Try again in a moment.",
    );
    this.#coverText.textContent = problem;
    if (problem) {
      if (!this.#cover.open) this.#text.textContent = problem;
      return;
    }
    this.#mine = renew();
    this.#covered = false;
    this.#bar.hidden = true;
    if (this.#cover.open) this.#cover.close();
    putBack();
  }
}
