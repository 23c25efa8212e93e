// Ask every few seconds what the chairs do, count their minutes between, and say so when no news
// comes any more.

import { Clock } from "../components/clock.js";
import { DOUBT } from "../layouts/idle.js";

const EVERY_MS = 3_000;
const GIVE_UP_MS = 5_000; // an answer that takes longer is none
const STALE_AFTER_MS = 8_000;

export const start = (box) => new Board(box);

class Board {
  #box;
  #chairs;
  #stale;
  #clock;
  #ahead; // how far the server's clock is ahead of ours
  #answeredAt = Date.now();
  #signedOut = false;
  #asking = false;

  constructor(box) {
    this.#box = box;
    this.#chairs = box.querySelector("[data-board-chairs]");
    this.#stale = box.querySelector("[data-board-stale]");
    this.#clock = new Clock(box.dataset.boardZone, box.dataset.boardHours);
    this.#ahead = Date.parse(box.dataset.boardNow) - Date.now();
    const look = () => this.#look();
    setInterval(() => this.#tick(), 1_000);
    setInterval(look, EVERY_MS);
    document.addEventListener("visibilitychange", () => document.hidden || look());
    window.addEventListener("pageshow", ({ persisted }) => persisted && look());
    window.addEventListener("online", look);
  }

  async #look() {
    if (this.#asking || this.#signedOut) return;
    this.#asking = true;
    try {
      await this.#take(await this.#ask());
    } catch {
      // No connection; #tick says so before long.
    } finally {
      this.#asking = false;
      this.#tick();
    }
  }

  #ask() {
    const { boardUrl, boardKnown } = this.#box.dataset;
    const wall = this.#box.classList.contains("board-wall") ? "&wall=yes" : "";
    return fetch(`${boardUrl}?known=${encodeURIComponent(boardKnown)}${wall}`, {
      redirect: "manual",
      headers: { "X-Requested-With": "fetch" },
      signal: AbortSignal.timeout(GIVE_UP_MS),
    });
  }

  async #take(answer) {
    this.#signedOut = answer.status === 401 || answer.status === 400;
    if (this.#signedOut) window.dispatchEvent(new Event(DOUBT));
    if (answer.status === 200) this.#show(await answer.text());
    if (answer.status === 200 || answer.status === 204) this.#answeredAt = Date.now();
  }

  #show(text) {
    const page = new DOMParser().parseFromString(text, "text/html");
    const fresh = page.querySelector("[data-board-url]");
    if (!fresh) return;
    const focus = document.activeElement;
    const href = this.#chairs.contains(focus) ? focus.getAttribute("href") : null;
    Object.assign(this.#box.dataset, fresh.dataset);
    this.#ahead = Date.parse(fresh.dataset.boardNow) - Date.now();
    this.#chairs.replaceChildren(...fresh.querySelector("[data-board-chairs]").childNodes);
    const links = [...this.#chairs.querySelectorAll("a")];
    if (href) links.find((link) => link.getAttribute("href") === href)?.focus();
  }

  #tick() {
    const now = Date.now() + this.#ahead;
    for (const minute of this.#chairs.querySelectorAll("[data-board-since]")) {
      const text = String(Math.floor((now - Date.parse(minute.dataset.boardSince)) / 60_000));
      if (minute.textContent !== text) minute.textContent = text;
    }
    this.#sayIfStale(this.#signedOut || Date.now() - this.#answeredAt > STALE_AFTER_MS);
  }

  #sayIfStale(isStale) {
    this.#box.classList.toggle("board-old", isStale);
    // Once: a screen reader should not hear it every second.
    if (this.#stale.hidden === !isStale) return;
    this.#stale.hidden = !isStale;
    this.#stale.textContent = isStale ? this.#why() : "";
  }

  #why() {
    const last = this.#clock.timeWithSeconds(this.#answeredAt + this.#ahead);
    return this.#signedOut
      ? `You have been signed out. This is from ${last}. Sign in again.`
      : `No connection to the server. This is from ${last}, and renews itself once there is one.`;
  }
}
