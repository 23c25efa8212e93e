// The arithmetic of a dose, shown while it is typed: 35 mg / 70 kg = 0.50 mg/kg. It never types by
// itself.

import {
  divide,
  isSome,
  multiply,
  readNumber,
  roundHalfUp,
  withoutZeros,
} from "../components/numbers.js";

// As domain/weights.py has it: 1 lb is 0.45359237 kg exactly.
const KG_PER_LB = { digits: 45359237n, places: 8n };

// The weight in kilograms, whatever it is typed in; null where it cannot be read.
export function weightOf({ weight_kg: weight, weight_unit: unit }) {
  const typed = weight ? readNumber(weight.value) : null;
  return typed && unit?.value === "lb" ? kgFromLb(typed) : typed;
}

export const kgFromLb = (pounds) => readNumber(multiply(pounds, KG_PER_LB, 4n));

// As domain/measures.py has them; tests/journeys/test_parity.py holds them equal.
export const mgPerKgPerHour = (dose, weight, minutes) =>
  roundHalfUp(
    dose.digits * 60n * 10n ** weight.places,
    weight.digits * minutes.digits * 10n ** dose.places,
    2n,
  );
export const mgPerKg = (dose, weight) => divide(dose, weight, 2n);
export const mgFromPlan = (perKg, weight) => withoutZeros(multiply(perKg, weight, 1n));

export function line(dose, weight, minutes = null) {
  if (!dose && !weight) return "";
  if (!dose) return `– mg / ${weight.text} kg`;
  if (!weight) return `${dose.text} mg / – kg: give the weight to see mg/kg`;
  if (!isSome(weight)) return "";
  const said = `${dose.text} mg / ${weight.text} kg = ${mgPerKg(dose, weight)} mg/kg`;
  const isTimed = isSome(minutes) && minutes.places === 0n;
  return isTimed ? `${said}, ${mgPerKgPerHour(dose, weight, minutes)} mg/kg/h` : said;
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
    const kg = weightOf(form.elements);
    const minutes = form.elements.duration_minutes;
    output.textContent = line(readNumber(dose.value), kg, minutes && readNumber(minutes.value));
    if (fill) fill.hidden = [null, dose.value.trim()].includes(planMgFor(fill, kg));
  };
  fill?.addEventListener("click", () => {
    dose.value = planMgFor(fill, weightOf(form.elements));
    dose.dispatchEvent(new Event("input", { bubbles: true }));
    dose.focus();
  });
  form.addEventListener("input", show);
  window.addEventListener("pageshow", show);
  show();
}
