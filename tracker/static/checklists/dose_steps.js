// The steps of a dose before a session, shown while it is typed. It never types by itself.

import { mgFromPlan, mgPerKg, read, rounded } from "../sessions/dose.js";

const DEVICE_MG = 28n; // Spravato US label

const shorter = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);

export function volume(dose, strength) {
  return shorter(
    rounded(dose.digits * 10n ** strength.places, strength.digits * 10n ** dose.places, 2n),
  );
}

export function devices(dose) {
  const unit = DEVICE_MG * 10n ** dose.places;
  if (dose.digits === 0n || dose.digits % unit)
    return `${dose.text} mg is no whole number of 28 mg devices`;
  const count = dose.digits / unit;
  return `${dose.text} mg = ${count} ${count === 1n ? "device" : "devices"} of 28 mg`;
}

const isSome = (value) => value && value.digits > 0n;

export function steps({ dose, weight, perKg, strength, byDevice }) {
  const found = [];
  if (isSome(perKg) && isSome(weight)) {
    found.push(`${perKg.text} mg/kg × ${weight.text} kg = ${mgFromPlan(perKg, weight)} mg`);
  } else if (isSome(dose) && isSome(weight)) {
    found.push(`${dose.text} mg / ${weight.text} kg = ${mgPerKg(dose, weight)} mg/kg`);
  }
  if (isSome(dose) && isSome(strength)) {
    found.push(`${dose.text} mg / (${strength.text} mg/mL) = ${volume(dose, strength)} mL`);
  }
  if (isSome(dose) && byDevice) found.push(devices(dose));
  return found;
}

export function start(form) {
  const {
    dose_mg: dose,
    weight_kg: weight,
    dose_mg_per_kg: perKg,
    concentration_mg_per_ml: strength,
  } = form.elements;
  const list = form.querySelector("[data-dose-steps]");
  const fill = form.querySelector("[data-fill-dose]");
  const typed = () => ({
    dose: read(dose.value),
    weight: read(weight.value),
    perKg: perKg && read(perKg.value),
    strength: strength && read(strength.value),
    byDevice: "byDevice" in form.dataset,
  });
  const show = () => {
    const now = typed();
    list.replaceChildren(
      ...steps(now).map((text) =>
        Object.assign(document.createElement("li"), { textContent: text }),
      ),
    );
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
