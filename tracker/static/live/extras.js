// What some dialogs do beyond their fields: find an event, choose a lot, say that all of a dose was
// given.

import { withoutZeros } from "../components/numbers.js";

export function startLots(box, lots) {
  for (const field of box.querySelectorAll("[data-lots]")) {
    field.hidden = lots.length === 0;
    field.querySelector("select").append(...lots.map(({ id, words }) => new Option(words, id)));
  }
}

export function startEvent(box) {
  const form = box.querySelector("[data-dialog=event]");
  const find = form.querySelector("[data-find]");
  const other = form.querySelector("[data-when-other]");

  function show() {
    const wanted = find.value.trim().toLowerCase();
    for (const group of form.querySelectorAll("[data-terms] fieldset")) {
      const options = [...group.querySelectorAll(".chair-option")];
      options.forEach(
        (option) =>
          (option.hidden =
            !option.textContent.toLowerCase().includes(wanted) &&
            !option.querySelector("input").checked),
      );
      group.hidden = options.every((option) => option.hidden);
    }
    other.hidden = form.elements.term.value !== "other";
  }

  find.addEventListener("input", show);
  find.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
  form.addEventListener("change", show);
  form.addEventListener("opened", () => {
    find.value = "";
    show();
  });
}

// What was drawn up is offered, never filled in: an infusion that was stopped early gave less.
export function startStop(box, entries) {
  const form = box.querySelector("[data-dialog=infusion]");
  const button = form.querySelector("[data-all]");
  const { dose_mg: dose } = form.elements;
  const isStart = ({ kind, content }) => kind === "infusion" && content.action === "start";

  const doseDrawnUp = () =>
    entries().findLast((entry) => isStart(entry) && entry.content.dose_mg)?.content.dose_mg;

  form.addEventListener("opened", () => {
    const mg = doseDrawnUp();
    button.hidden ||= !mg;
    if (mg) button.textContent = `All of it: ${withoutZeros(mg)} mg`;
  });
  button.addEventListener("click", () => {
    dose.value = withoutZeros(doseDrawnUp());
    dose.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
