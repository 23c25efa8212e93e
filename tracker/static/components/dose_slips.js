// A dose that is far from the planned one, as domain/clinic/dose_slips.py has it for what may be
// given in parts; tests/journeys/test_parity.py holds the two equal. Whole numbers of a
// ten-thousandth: binary fractions would differ at the limits.

import { readNumber, withoutZeros } from "./numbers.js";

const PLACES = 4n;
const POINT = "Is the decimal point right?";
const POUNDS = "Was a weight in pounds taken for kilograms, or the other way round?";
const SLIPS = [
  { factor: 22046n, tolerance: 5n, named: "2.2", less: "less than half of", asked: POUNDS },
  { factor: 100000n, tolerance: 12n, named: "10", less: "about a tenth of", asked: POINT },
  { factor: 1000000n, tolerance: 12n, named: "100", less: "about a hundredth of", asked: POINT },
  {
    factor: 10000000n,
    tolerance: 12n,
    named: "1000",
    less: "about a thousandth of",
    asked: "Milligrams or micrograms?",
  },
];

function scaled(text) {
  const number = readNumber(String(text ?? ""));
  return number ? number.digits * 10n ** (PLACES - number.places) : 0n;
}

// Both are of the same scale.
function isNear(amount, wanted, percent) {
  const apart = amount > wanted ? amount - wanted : wanted - amount;
  return apart * 100n <= wanted * percent;
}

// What is unusual about a dose in mg; "" where nothing is.
export function slipOf(dose, planned, perKg) {
  const [amount, expected, byWeight] = [dose, planned, perKg].map(scaled);
  if (!amount || !expected) return "";
  if (amount * 8n >= expected && amount * 10n <= expected * 21n) return "";
  const [given, other] = [dose, planned].map((text) => withoutZeros(readNumber(text).text));
  return `${given} mg is ${words(amount, expected, byWeight, `the planned ${other} mg`)}`;
}

function words(amount, expected, byWeight, other) {
  if (byWeight && isNear(amount, byWeight, 5n))
    return `far from ${other}. Is it the dose in mg/kg?`;
  for (const { factor, tolerance, named, less, asked } of SLIPS) {
    if (isNear(amount * 10000n, expected * factor, tolerance))
      return `about ${named} times ${other}. ${asked}`;
    if (isNear(amount * factor, expected * 10000n, tolerance)) return `${less} ${other}. ${asked}`;
  }
  return `${amount > expected ? "more than twice" : "less than half of"} ${other}.`;
}

// A dialog with a dose asks for the number once more where it looks like a slip. `planOf` gives
// { doseMg, mgPerKg } of the moment.
export function startSlips(form, planOf) {
  const part = form.querySelector("[data-slip]");
  const { dose_mg: dose, confirmed_mg: sure } = form.elements;

  function show() {
    const { doseMg, mgPerKg } = planOf();
    const said = dose.disabled ? "" : slipOf(dose.value, doseMg, mgPerKg);
    const text = said ? readNumber(dose.value).text : "";
    if (sure.value !== text || !said) sure.checked = false; // another number is another answer
    part.hidden = sure.disabled = !said;
    sure.value = text;
    part.querySelector("[data-slip-words]").textContent = said;
    part.querySelector("[data-slip-dose]").textContent = text;
  }

  form.addEventListener("input", ({ target }) => target !== sure && show());
  form.addEventListener("opened", show);
}
