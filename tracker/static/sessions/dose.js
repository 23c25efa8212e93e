// The arithmetic of a dose, shown while it is typed: 35 mg / 70 kg = 0.50 mg/kg. It never types by
// itself.

import { divide, isSome, multiply, readNumber, withoutZeros } from "../components/numbers.js";

// As domain/measures.py has them; tests/journeys/test_parity.py holds them equal.
export const mgPerKg = (dose, weight) => divide(dose, weight, 2n);
export const mgFromPlan = (perKg, weight) => withoutZeros(multiply(perKg, weight, 1n));

export function line(dose, weight) {
  if (!dose && !weight) return "";
  if (!dose) return `– mg / ${weight.text} kg`;
  if (!weight) return `${dose.text} mg / – kg: give the weight to see mg/kg`;
  return isSome(weight)
    ? `${dose.text} mg / ${weight.text} kg = ${mgPerKg(dose, weight)} mg/kg`
    : "";
}

function planMgFor(fill, weight) {
  if (!fill) return null;
  if (fill.dataset.planMg) return fill.dataset.planMg;
  const perKg = readNumber(fill.dataset.planMgPerKg);
  return perKg && weight ? mgFromPlan(perKg, weight) : null;
}

export function start(form) {
  const dose = form.elements.dose_mg;
  const weight = form.elements.weight_kg;
  const output = form.querySelector("[data-dose-output]");
  const fill = form.querySelector("[data-fill-plan]");
  if (!dose || !weight || !output) return;

  const show = () => {
    const kg = readNumber(weight.value);
    output.textContent = line(readNumber(dose.value), kg);
    if (fill) fill.hidden = [null, dose.value.trim()].includes(planMgFor(fill, kg));
  };
  fill?.addEventListener("click", () => {
    dose.value = planMgFor(fill, readNumber(weight.value));
    dose.dispatchEvent(new Event("input", { bubbles: true }));
    dose.focus();
  });
  form.addEventListener("input", show);
  window.addEventListener("pageshow", show);
  show();
}
