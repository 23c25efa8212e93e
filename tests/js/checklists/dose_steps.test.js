import assert from "node:assert/strict";
import test from "node:test";
import { steps } from "../../../tracker/static/checklists/dose_steps.js";
import { readNumber } from "../../../tracker/static/components/numbers.js";
import { line, weightOf } from "../../../tracker/static/sessions/dose.js";

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

test("a weight in pounds is reckoned in kilograms, and an unread one is none", () => {
  const of = (value, unit) => weightOf({ weight_kg: { value }, weight_unit: { value: unit } });
  assert.equal(of("176", "lb").text, "79.8323");
  assert.equal(of("176", "kg").text, "176");
  assert.equal(of("1,234", "lb"), null);
  assert.equal(weightOf({ weight_kg: { value: "70" } }).text, "70");
  assert.equal(weightOf({}), null);
});

test("mg/kg/h shows beside mg/kg once there is a duration", () => {
  const shown = (minutes) => line(...["80", "70", minutes].map(readNumber));
  assert.equal(shown("120"), "80 mg / 70 kg = 1.14 mg/kg, 0.57 mg/kg/h");
  assert.equal(shown("0"), "80 mg / 70 kg = 1.14 mg/kg");
  assert.equal(shown(""), "80 mg / 70 kg = 1.14 mg/kg");
  assert.equal(shown("1.5"), "80 mg / 70 kg = 1.14 mg/kg");
});
