// When something happened: now, unless an earlier minute is set.

import { agoWords, minuteWords } from "./times.js";

const MINUTE_MS = 60_000;

export class When {
  at = null; // null is now: the instant at which Save is pressed
  #box;
  #chair;

  constructor(box, chair) {
    this.#box = box;
    this.#chair = chair;
    this.input = box.querySelector("input");
    this.input.addEventListener("change", () => this.#typed());
    box.addEventListener("click", ({ target }) => {
      const button = target.closest("button");
      if (button) this.set(button.value === "now" ? null : this.#back(Number(button.value)));
    });
  }

  #back(minutes) {
    const base = this.at ?? this.#chair.now();
    return new Date(Math.floor(base / MINUTE_MS) * MINUTE_MS - minutes * MINUTE_MS);
  }

  #typed() {
    this.set(this.#chair.zone.instant(this.input.value, this.#chair.now()));
  }

  set(at) {
    this.at = at;
    this.tick();
  }

  // The field shows the minute that would be written; a field that is being typed in is left alone.
  tick() {
    const now = this.#chair.now();
    const shown = this.#chair.zone.typed(this.at ?? now);
    if (this.input !== document.activeElement && this.input.value !== shown)
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
    if (this.at && this.at > this.#chair.now())
      return [{ field: "at", message: "That is later than now." }];
    return [];
  }
}
