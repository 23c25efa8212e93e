// The steps of a dose before a session, shown while it is typed. It never types by itself.

import { divide, isSome, readNumber, withoutZeros } from "../components/numbers.js";
import { mgFromPlan, mgPerKg, weightOf } from "../sessions/dose.js";

// As domain/checklists/pre_session.py has it; tests/journeys/test_parity.py holds them equal.
export const volume = (dose, strength) => withoutZeros(divide(dose, strength, 2n));

export function devices(dose, deviceMg) {
  const unit = BigInt(deviceMg) * 10n ** dose.places;
  if (dose.digits % unit) return `${dose.text} mg is no whole number of ${deviceMg} mg devices`;
  const count = dose.digits / unit;
  return `${dose.text} mg = ${count} ${count === 1n ? "device" : "devices"} of ${deviceMg} mg`;
}

export function steps({ dose, weight, perKg, strength, deviceMg }) {
  const found = [];
  if (isSome(perKg) && isSome(weight)) {
    found.push(`${perKg.text} mg/kg × ${weight.text} kg = ${mgFromPlan(perKg, weight)} mg`);
  } else if (isSome(dose) && isSome(weight)) {
    found.push(`${dose.text} mg / ${weight.text} kg = ${mgPerKg(dose, weight)} mg/kg`);
  }
  if (isSome(dose) && isSome(strength)) {
    found.push(`${dose.text} mg / (${strength.text} mg/mL) = ${volume(dose, strength)} mL`);
  }
  if (isSome(dose) && deviceMg) found.push(devices(dose, deviceMg));
  return found;
}

function numbersIn({ elements, dataset }) {
  const typed = (name) => (elements[name] ? readNumber(elements[name].value) : null);
  return {
    dose: typed("dose_mg"),
    weight: weightOf(elements),
    perKg: typed("dose_mg_per_kg"),
    strength: typed("concentration_mg_per_ml"),
    deviceMg: dataset.deviceMg, // where nasal devices are given
  };
}

export function start(form) {
  const dose = form.elements.dose_mg;
  const list = form.querySelector("[data-dose-steps]");
  const fill = form.querySelector("[data-fill-dose]");

  const show = () => {
    const now = numbersIn(form);
    const items = steps(now).map((textContent) =>
      Object.assign(document.createElement("li"), { textContent }),
    );
    list.replaceChildren(...items);
    const made = isSome(now.perKg) && isSome(now.weight) ? mgFromPlan(now.perKg, now.weight) : "";
    fill.hidden = !made || made === dose.value.trim();
    fill.value = made;
    fill.textContent = `Use ${made} mg`;
  };
  fill.addEventListener("click", () => {
    dose.value = fill.value;
    dose.dispatchEvent(new Event("input", { bubbles: true }));
    dose.focus();
  });
  form.addEventListener("input", show);
  window.addEventListener("pageshow", show);
  show();
}
