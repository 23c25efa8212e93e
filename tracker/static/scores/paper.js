// A paper form typed in: a number answers the question in focus and goes on to the next one.

export const start = (form) => new PaperForm(form);

const radios = (question) => [...question.querySelectorAll("input[type=radio]")];
const choice = (question) => radios(question).find((radio) => radio.checked);
const choiceOf = (question, value) =>
  radios(question).find((radio) => Number(radio.value) === value);
const hasModifier = (event) => event.ctrlKey || event.altKey || event.metaKey;

function choose(radio, isChecked) {
  if (!radio || radio.checked === isChecked) return;
  radio.checked = isChecked;
  radio.dispatchEvent(new Event("change", { bubbles: true }));
}

class PaperForm {
  #questions;
  #status;
  #save;
  #adds;
  #pending = null; // the question whose 1 may yet become a 10

  constructor(form) {
    this.#questions = [...form.querySelectorAll("[data-question]")];
    this.#status = form.querySelector("[data-paper-status]");
    this.#save = form.querySelector("button[type=submit]");
    this.#adds = "paperAdds" in form.dataset;
    this.#listen(form);
    form.querySelector("[data-paper-keys]").hidden = false;
    this.#count();
    // What is wrong or asked is read first; else the keys begin where the answers end, after a draft too.
    const told = document.querySelector("#error-summary, #findings");
    if (!told) this.#go(this.#questions.findIndex((question) => !choice(question)));
  }

  #listen(form) {
    form.addEventListener("keydown", (event) => this.#press(event));
    form.addEventListener("focusout", ({ relatedTarget }) => {
      if (!this.#pending?.contains(relatedTarget)) this.#pending = null;
    });
    form.addEventListener("change", () => this.#count());
    // The browser may restore answers after going back.
    window.addEventListener("pageshow", () => this.#count());
    this.#questions.forEach((question, index) => {
      question.querySelector("[data-clear]").addEventListener("click", () => {
        choose(choice(question), false);
        this.#go(index);
      });
    });
  }

  #count() {
    const needed = this.#questions.filter((question) => "needed" in question.dataset);
    const answered = needed.filter(choice);
    const sum = answered.reduce((total, question) => total + Number(choice(question).value), 0);
    const soFar = this.#adds && answered.length > 0 ? `, sum ${sum}` : "";
    this.#status.textContent = `${answered.length} of ${needed.length} answered${soFar}`;
    for (const question of this.#questions) {
      question.querySelector("[data-clear]").hidden = !choice(question);
    }
  }

  #go(index) {
    this.#pending = null;
    if (index < 0) return;
    const next = this.#questions[index];
    if (next) (choice(next) ?? radios(next)[0]).focus();
    else this.#save.focus();
  }

  #type(index, digit) {
    const question = this.#questions[index];
    if (!question) return;
    if (this.#pending === question) this.#typeAfterOne(index, digit);
    else this.#answer(index, digit);
  }

  #typeAfterOne(index, digit) {
    if (digit === 0) this.#choose(choiceOf(this.#questions[index], 10));
    this.#go(index + 1);
    if (digit !== 0) this.#type(index + 1, digit);
  }

  #answer(index, digit) {
    const question = this.#questions[index];
    const radio = choiceOf(question, digit);
    if (!radio) {
      this.#status.textContent = `There is no answer ${digit} to this question.`;
      return;
    }
    this.#choose(radio);
    if (digit === 1 && choiceOf(question, 10)) this.#pending = question;
    else this.#go(index + 1);
  }

  #choose(radio) {
    radio.focus();
    choose(radio, true);
  }

  #takeBack(index) {
    this.#pending = null;
    const here = this.#questions[index];
    const back = here && choice(here) ? index : Math.max(index - 1, 0);
    choose(choice(this.#questions[back]), false);
    this.#go(back);
  }

  #press(event) {
    const question = event.target.closest("[data-question]");
    if (hasModifier(event) || (!question && event.target !== this.#save)) return;
    const index = question ? this.#questions.indexOf(question) : this.#questions.length;
    const act = this.#actionOf(event, question, index);
    if (!act) return;
    event.preventDefault();
    act();
  }

  #actionOf({ key, target }, question, index) {
    if (question && /^\d$/.test(key)) return () => this.#type(index, Number(key));
    if (key === "Backspace") return () => this.#takeBack(index);
    if (key === "ArrowUp") return () => this.#go(index - 1);
    const isLast = index >= this.#questions.length - 1;
    const goesOn =
      key === "ArrowDown" ? question : key === "Enter" && !isLast && target.type === "radio";
    return goesOn ? () => this.#go(index + 1) : null;
  }
}
