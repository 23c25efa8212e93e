// When something happened: now, unless an earlier minute is set.

import { NO_TIME, readTime, writeTime } from "../components/typed_days.js";
import { agoWords, minuteWords } from "./times.js";

const MINUTE_MS = 60_000;

export class When {
  at = null; // null is now: the instant at which Save is pressed
  #box;
  #chair;
  #unclear = false; // something is typed that is no time: it stays, and nothing is taken for now

  constructor(box, chair) {
    this.#box = box;
    this.#chair = chair;
    this.input = box.querySelector("input");
    this.input.addEventListener("change", () => this.#typed());
    box.addEventListener("click", ({ target }) => {
      const button = target.closest("button");
      if (button?.value) this.set(button.value === "now" ? null : this.#back(Number(button.value)));
    });
  }

  #back(minutes) {
    const base = this.at ?? this.#chair.now();
    return new Date(Math.floor(base / MINUTE_MS) * MINUTE_MS - minutes * MINUTE_MS);
  }

  get #hours() {
    return this.input.dataset.typed;
  }

  #typed() {
    const iso = readTime(this.input.value, this.#hours);
    if (this.input.value.trim() && !iso) this.#unclear = true;
    else this.set(this.#chair.zone.instant(iso, this.#chair.now()));
  }

  set(at) {
    this.#unclear = false;
    this.at = at;
    this.tick();
  }

  // The field shows the minute that would be written; a field that is being typed in is left alone.
  tick() {
    const now = this.#chair.now();
    const shown = writeTime(this.#chair.zone.typed(this.at ?? now), this.#hours);
    if (!this.#unclear && this.input !== document.activeElement && this.input.value !== shown)
      this.input.value = shown;
    const words = this.at
      ? `${minuteWords(this.#chair.start, this.at)}, ${agoWords(this.at, now)}`
      : `Now, ${minuteWords(this.#chair.start, now)}`;
    const output = this.#box.querySelector("output");
    if (output.textContent !== words) output.textContent = words;
    this.#box.classList.toggle("when-earlier", this.at !== null);
  }

  problems() {
    if (document.activeElement === this.input) this.#typed();
    if (this.#unclear) return [{ field: "at", message: NO_TIME }];
    if (this.at && this.at > this.#chair.now())
      return [{ field: "at", message: "That is later than now." }];
    return [];
  }
}

// The page of nobody, which stands in without a server, was made for no clinic.
export function useHours(box, hours) {
  for (const { dataset } of box.querySelectorAll("[data-typed]"))
    dataset.typed = hours ?? dataset.typed;
}
