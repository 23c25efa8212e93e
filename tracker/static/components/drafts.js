// Keep what is typed on the server while it is typed. Saving a draft is no sign of life: it never
// renews the idle clock.

import { Clock } from "./clock.js";

const EVERY_MS = 5_000; // at most this much typing is lost with the tab
const RETRY_MS = 15_000;
const STALLED_MS = 10_000; // a submit that has not left the page by then was stopped
const SIGNED_OUT = new Set([400, 401, 403]);
const NO_CONNECTION = "Not saved: no connection, kept on this page.";

export function fieldsOf(form) {
  const neverKept = form.dataset.draftNever.split(" ");
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (!neverKept.includes(name) && typeof value === "string") fields.append(name, value);
  }
  return fields.toString();
}

// What is wrong with a draft that was sent; "" where nothing is.
export function problemOf(answer) {
  if (answer.type === "opaqueredirect" || SIGNED_OUT.has(answer.status)) {
    return "Not saved: you are signed out. What you typed is kept on this page.";
  }
  if (answer.status === 409) {
    return "Not saved: a newer draft of this form is open elsewhere. This page keeps its text.";
  }
  return answer.ok ? "" : "Not saved: the server is busy. What you typed is kept on this page.";
}

export const start = (form) => new Draft(form);

class Draft {
  #form;
  #status;
  #saved;
  #clock;
  #timer = 0;
  #leaving = false;
  #running = null;
  #underWay = null; // hiding and leaving a page often come together: one sending is enough

  constructor(form) {
    this.#form = form;
    this.#status = form.querySelector("[data-draft-status]");
    this.#saved = fieldsOf(form);
    this.#clock = new Clock(form.dataset.draftZone, form.dataset.draftHours);
    form.addEventListener("input", () => this.#changed());
    form.addEventListener("change", () => this.#changed());
    form.addEventListener("submit", () => this.#leave());
    document.addEventListener("visibilitychange", () => document.hidden && this.#save(true));
    window.addEventListener("pagehide", () => this.#save(true));
    window.addEventListener("online", () => this.#save());
    window.addEventListener("pageshow", () => (this.#leaving = false));
  }

  #changed() {
    this.#form.toggleAttribute("data-unsaved", fieldsOf(this.#form) !== this.#saved);
    this.#later();
  }

  #later(wait = EVERY_MS) {
    if (!this.#timer && !this.#leaving) this.#timer = setTimeout(() => this.#save(), wait);
  }

  #stopTimer() {
    clearTimeout(this.#timer);
    this.#timer = 0;
  }

  // The form itself is now on its way: a draft arriving after it would raise what was just saved
  // from the dead.
  #leave() {
    this.#leaving = true;
    this.#stopTimer();
    this.#underWay = null;
    this.#running?.abort();
    setTimeout(() => (this.#leaving = false), STALLED_MS);
  }

  async #save(keepalive = false) {
    this.#stopTimer();
    const text = fieldsOf(this.#form);
    if (this.#leaving || text === this.#saved || text === this.#underWay) return;
    this.#running?.abort();
    this.#running = new AbortController();
    this.#underWay = text;
    let problem = this.#form.dataset.away ?? NO_CONNECTION;
    try {
      problem = problemOf(await this.#send(text, keepalive));
    } catch (error) {
      if (error.name === "AbortError") return;
    }
    this.#underWay = null;
    if (!problem) this.#saved = text;
    this.#settle(problem);
  }

  #settle(problem) {
    this.#say(problem || `Draft saved ${this.#clock.time(Date.now())}`, Boolean(problem));
    const isUnsaved = fieldsOf(this.#form) !== this.#saved;
    this.#form.toggleAttribute("data-unsaved", isUnsaved);
    if (isUnsaved) this.#later(problem ? RETRY_MS : EVERY_MS);
  }

  #say(text, isProblem) {
    if (!this.#status || this.#status.textContent === text) return;
    this.#status.textContent = text;
    this.#status.classList.toggle("unsaved", isProblem);
  }

  async #send(text, keepalive) {
    const url = this.#form.dataset.draftUrl;
    const request = {
      method: "POST",
      body: text,
      redirect: "manual",
      headers: {
        "Content-Type": "application/x-www-form-urlencoded;charset=UTF-8",
        "X-CSRFToken": this.#form.elements.csrf_token?.value ?? "",
      },
      signal: this.#running.signal,
    };
    try {
      return await fetch(url, { ...request, keepalive });
    } catch (error) {
      if (!keepalive || error.name === "AbortError") throw error;
      return fetch(url, request); // browsers refuse keepalive above 64 KiB
    }
  }
}
