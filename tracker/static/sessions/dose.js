// The arithmetic of a dose, shown while it is typed: 35 mg / 70 kg = 0.50 mg/kg. It never types by itself.

// Exact, in whole numbers: binary fractions would sometimes round otherwise than the server does.
export function read(text) {
  const match = /^\s*(\d{1,6})(?:[.,](\d{1,6}))?\s*$/.exec(text);
  if (!match) return null;
  const [, whole, part = ""] = match;
  return {
    digits: BigInt(whole + part),
    places: BigInt(part.length),
    text: whole + (part && `.${part}`),
  };
}

export function rounded(numerator, denominator, places) {
  const scaled = (2n * numerator * 10n ** places + denominator) / (2n * denominator); // half up
  const digits = String(scaled).padStart(Number(places) + 1, "0");
  return `${digits.slice(0, -Number(places))}.${digits.slice(-Number(places))}`;
}

export function mgPerKg(dose, weight) {
  return rounded(dose.digits * 10n ** weight.places, weight.digits * 10n ** dose.places, 2n);
}

export function mgFromPlan(perKg, weight) {
  return rounded(perKg.digits * weight.digits, 10n ** (perKg.places + weight.places), 1n).replace(
    /\.0$/,
    "",
  );
}

function line(dose, weight) {
  if (!dose && !weight) return "";
  if (!dose) return `– mg / ${weight.text} kg`;
  if (!weight) return `${dose.text} mg / – kg: give the weight to see mg/kg`;
  if (weight.digits === 0n) return "";
  return `${dose.text} mg / ${weight.text} kg = ${mgPerKg(dose, weight)} mg/kg`;
}

export function start(form) {
  const dose = form.elements.dose_mg;
  const weight = form.elements.weight_kg;
  const output = form.querySelector("[data-dose-output]");
  const fill = form.querySelector("[data-fill-plan]");
  if (!dose || !weight || !output) return;

  const planned = () => {
    if (!fill) return null;
    if (fill.dataset.planMg) return fill.dataset.planMg;
    const perKg = read(fill.dataset.planMgPerKg);
    const kg = read(weight.value);
    return perKg && kg ? mgFromPlan(perKg, kg) : null;
  };
  const show = () => {
    output.textContent = line(read(dose.value), read(weight.value));
    if (fill) fill.hidden = planned() === null || planned() === dose.value.trim();
  };
  fill?.addEventListener("click", () => {
    dose.value = planned();
    dose.dispatchEvent(new Event("input", { bubbles: true }));
    dose.focus();
  });
  form.addEventListener("input", show);
  window.addEventListener("pageshow", show);
  show();
}
