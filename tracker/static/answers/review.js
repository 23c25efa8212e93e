// What was answered, before it is sent: every answer in words, and what is missing.

import { find } from "../layouts/out_of_sight.js";

export class Review {
  #box = document.querySelector("[data-review]");

  constructor({ onChange, onAnswerMissing }) {
    this.#part("first-missing").addEventListener("click", onAnswerMissing);
    this.#box.addEventListener("click", (event) => {
      const link = event.target.closest("[data-change]");
      if (!link) return;
      event.preventDefault();
      onChange(link.dataset.change);
    });
  }

  #part(name) {
    return find(`[data-${name}]`);
  }

  hide() {
    this.#box.hidden = true;
  }

  // `applicable` are the questions that are put now, `required` those of them that an answer is
  // expected to.
  show(questions, applicable, required) {
    this.#box.hidden = false;
    for (const question of questions) this.#showRow(question, applicable.includes(question));
    this.#showMissing(required.filter((question) => !question.chosen).length);
  }

  #showRow(question, isAsked) {
    const row = this.#box.querySelector(`[data-row="${question.code}"]`);
    if (!row) return;
    row.hidden = !isAsked;
    const words = row.querySelector("[data-said]");
    words.textContent = question.words;
    words.classList.toggle("missing", !question.chosen);
    row.querySelector("[data-change-word]").textContent = question.chosen ? "Change" : "Answer";
  }

  #showMissing(count) {
    const [is, it] = count === 1 ? ["question is", "it"] : ["questions are", "them"];
    const missing = this.#part("missing");
    missing.hidden = count === 0;
    missing.firstElementChild.textContent = `${count} ${is} not answered. Answer ${it}, or leave ${it} out.`;
    this.#part("first-missing").textContent =
      count === 1 ? "Answer it" : "Answer the first of them";
    this.#part("leave-out").disabled = count === 0;
    const send = this.#part("send").querySelector("button");
    send.textContent = count ? "Leave out and send" : "Send";
  }
}
