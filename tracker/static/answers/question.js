// One question of a questionnaire: its box in the page, its answer, and the help beside an answer
// that calls for it.

export class Question {
  helpIsDone = false; // whether the crisis panel of this answer was gone through
  #inputs;

  constructor(box) {
    this.box = box;
    this.code = box.dataset.question;
    this.isOptional = "optional" in box.dataset;
    this.text = box.querySelector("[data-question-text]");
    this.panel = document.getElementById(`crisis-${this.code}`);
    this.#inputs = [...box.querySelectorAll("input[type=radio]")];
  }

  get chosen() {
    return this.#inputs.find((input) => input.checked) ?? null;
  }

  get value() {
    return this.chosen?.value ?? "";
  }

  // What stands beside the chosen answer.
  get words() {
    return this.chosen?.labels[0].textContent ?? "Not answered";
  }

  // Chosen while the script was still on its way.
  get isChosenEarly() {
    return Boolean(this.chosen) && !this.chosen.defaultChecked;
  }

  get isCrisis() {
    return Boolean(this.chosen) && "crisis" in this.chosen.dataset;
  }

  // The code of the question on whose answer this one depends; "" for most.
  get askedIf() {
    return this.box.dataset.askedIf ?? "";
  }

  has(input) {
    return this.#inputs.includes(input);
  }

  choose(value) {
    for (const input of this.#inputs) input.checked = input.value === value;
  }

  place(number, count) {
    this.box.querySelector("[data-place]").textContent = `Question ${number} of ${count}`;
  }

  showPanel(isShown) {
    if (this.panel) this.panel.hidden = !isShown;
  }

  // Arrow keys pass over answers on their way: the panel then stands beside the question, and does
  // not take its place.
  get isHelpBeside() {
    return Boolean(this.panel?.dataset.beside) && this.isCrisis && !this.box.hidden;
  }
}
