// Pages of a patient that come back when no server answers: as the server gave them, sealed by the
// key of the check-in or of the person (decision 0045). They are shown to nobody once somebody else
// was here, after the idle time, or after a sign-out.

import { renew } from "../layouts/idle.js";
import { removePages } from "./patient_store.js";
import { isTooOld } from "./shells.js";
import { openAnswers } from "./vault.js";
import { startWorker } from "./worker_start.js";

const WHO = "kept-for"; // an id, nothing clinical
export const PAGES = "pages"; // of an owner, in their vault
const PAGES_MAX = 4; // of one owner
const CHECK_IN = /^\/answers\/(\d+)\//;

export function whoWasHere() {
  try {
    return localStorage.getItem(WHO) ?? "";
  } catch {
    return "";
  }
}

// Somebody is here: pages of whoever was here before are gone.
export async function arrive(who) {
  const before = whoWasHere();
  if (before === who) return;
  try {
    localStorage.setItem(WHO, who);
  } catch {
    return; // nothing is shown that way, to nobody
  }
  if (before) await removePages();
}

// How the server gave the page: to be asked before a script changes it. What was said once is not
// said again.
export function asServed() {
  const sheet = document.querySelector("main .sheet").cloneNode(true);
  for (const said of sheet.querySelectorAll(".flashes, #error-summary")) said.remove();
  return { html: sheet.innerHTML, title: document.title };
}

// Keep a page in the vault of its owner; `form` is the one on it that says so.
export function keepPage(vault, served, form) {
  renew(); // to open it is a sign of life
  const { person = "", aliveUrl = "" } = document.body.dataset;
  const idleMinutes = Number(form.dataset.keepMinutes);
  const who = person ? `person-${person}` : `link-${form.dataset.checkIn}`;
  const page = { ...served, who, person, aliveUrl, idleMinutes, keptAt: Date.now(), answers: {} };
  const kept = new KeptPage(vault, location.pathname, page);
  kept.begin(who, form.dataset.keepPage);
  return kept;
}

export class KeptPage {
  #vault;
  #path;
  #page;
  #last = Promise.resolve(); // one change after the other

  constructor(vault, path, page) {
    this.#vault = vault;
    this.#path = path;
    this.#page = page;
  }

  begin(who, workerUrl) {
    if (!this.#vault.isLasting) return;
    this.#last = arrive(who).catch(() => {});
    this.#write();
    startWorker(workerUrl, "patient");
  }

  // What the server has taken meanwhile stands on the page that comes back, too.
  answer(name, value) {
    this.#page.answers[name] = value;
    return this.#write();
  }

  remove() {
    this.#page = null;
    return this.#write();
  }

  #write() {
    this.#last = this.#last.then(() => this.#store()).catch(() => {});
    return this.#last;
  }

  async #store() {
    const { [this.#path]: _before, ...others } = (await this.#vault.getSession(PAGES)) ?? {};
    const newest = Object.entries(others).slice(1 - PAGES_MAX);
    if (this.#page) newest.push([this.#path, this.#page]);
    await this.#vault.putSession(PAGES, Object.fromEntries(newest));
  }
}

// The page that was kept of an address, for whoever was here last; null where there is none to show.
export async function findPage(pathname) {
  const who = whoWasHere();
  if (!who) return null;
  const vault = await openAnswers(CHECK_IN.exec(pathname)?.[1] ?? who);
  const page = (await vault.getSession(PAGES))?.[pathname];
  if (page?.who !== who) return null;
  if (!isTooOld(page)) return page;
  await removePages();
  return null;
}
