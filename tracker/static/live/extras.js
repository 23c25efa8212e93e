// What some dialogs do beyond their fields: find an event, choose a lot, say that all of a dose was
// given.

import { startSlips } from "../components/dose_slips.js";
import { isSome, multiply, readNumber, withoutZeros } from "../components/numbers.js";

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

export function startDoses(box, session) {
  startStop(box, () => session.entries);
  for (const name of ["given", "infusion"])
    startSlips(box.querySelector(`[data-dialog=${name}]`), () => session);
}

// What was drawn up is offered, never filled in: an infusion that was stopped early gave less.
export function startStop(box, entries) {
  const form = box.querySelector("[data-dialog=infusion]");
  const button = form.querySelector("[data-all]");
  const { dose_mg: dose } = form.elements;
  const isStart = ({ kind, content }) => kind === "infusion" && content.action === "start";

  const doseDrawnUp = () =>
    entries().findLast((entry) => isStart(entry) && entry.content.dose_mg)?.content.dose_mg;

  startVolume(form, entries);
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

// By the concentration of the checks before: what stands on the pump is a volume.
function startVolume(form, entries) {
  const field = form.querySelector("[data-volume]");
  const volume = field.querySelector("input");
  const words = field.querySelector("[data-volume-words]");
  const { dose_mg: dose } = form.elements;

  form.addEventListener("opened", () => {
    field.hidden ||= !concentrationOf(entries());
    volume.value = words.textContent = "";
  });
  volume.addEventListener("input", () => {
    const found = mgOfVolume(volume.value, concentrationOf(entries()));
    words.textContent = found?.words ?? "";
    if (!found) return;
    dose.value = found.mg;
    dose.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

// What the checks before say that a millilitre holds; "" where they do not.
export const concentrationOf = (entries) =>
  entries.findLast(({ kind }) => kind === "gate")?.content.concentration_mg_per_ml ?? "";

// A volume in milligrams, with the reckoning in words; null where one of the two is no number.
export function mgOfVolume(text, concentration) {
  const [ml, strength] = [text, String(concentration)].map((one) => readNumber(one));
  if (!isSome(ml) || !isSome(strength)) return null;
  const mg = withoutZeros(multiply(ml, strength, 2n));
  return { mg, words: `${ml.text} mL × ${strength.text} mg/mL = ${mg} mg` };
}
