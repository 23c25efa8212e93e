import assert from "node:assert/strict";
import test from "node:test";
import { steps } from "../../../tracker/static/checklists/dose_steps.js";
import { readNumber } from "../../../tracker/static/components/numbers.js";
import { line } from "../../../tracker/static/sessions/dose.js";

test("the steps of a dose follow from what is there", () => {
  const [dose, weight, perKg, strength] = ["35", "70", "0,5", "50"].map(readNumber);
  assert.deepEqual(steps({ weight, perKg, dose, strength }), [
    "0.5 mg/kg × 70 kg = 35 mg",
    "35 mg / (50 mg/mL) = 0.7 mL",
  ]);
  assert.deepEqual(steps({ dose, weight }), ["35 mg / 70 kg = 0.50 mg/kg"]);
  assert.deepEqual(steps({}), []);
});

test("devices are counted, or it is said that they cannot be", () => {
  const of = (mg) => steps({ dose: readNumber(mg), deviceMg: "28" });
  assert.deepEqual(of("28"), ["28 mg = 1 device of 28 mg"]);
  assert.deepEqual(of("84.0"), ["84 mg = 3 devices of 28 mg"]);
  assert.deepEqual(of("50"), ["50 mg is no whole number of 28 mg devices"]);
});

test("mg/kg shows once both are given, and never for what can be read two ways", () => {
  const shown = (dose, weight) => line(readNumber(dose), readNumber(weight));
  assert.equal(shown("56", "80"), "56 mg / 80 kg = 0.70 mg/kg");
  assert.equal(shown("56", ""), "56 mg / – kg: give the weight to see mg/kg");
  assert.equal(shown("", "80"), "– mg / 80 kg");
  assert.equal(shown("56", "0"), "");
  assert.equal(shown("", ""), "");
  assert.doesNotMatch(shown("1,234", "70"), /=/);
  assert.doesNotMatch(shown("56", "1.234"), /=/);
});
