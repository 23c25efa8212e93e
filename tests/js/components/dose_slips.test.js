import assert from "node:assert/strict";
import { test } from "node:test";
import { slipOf } from "../../../tracker/static/components/dose_slips.js";

test("a slip of the point or the unit is named, in mg as they stand in the plan", () => {
  const asked = {
    350: "350 mg is about 10 times the planned 36.5 mg. Is the decimal point right?",
    3500: "3500 mg is about 100 times the planned 36.5 mg. Is the decimal point right?",
    80.5: "80.5 mg is about 2.2 times the planned 36.5 mg. Was a weight in pounds taken for kilograms, or the other way round?",
    100: "100 mg is more than twice the planned 36.5 mg.",
    3.65: "3.65 mg is about a tenth of the planned 36.5 mg. Is the decimal point right?",
    0.0365: "0.0365 mg is about a thousandth of the planned 36.5 mg. Milligrams or micrograms?",
  };
  for (const [dose, words] of Object.entries(asked)) assert.equal(slipOf(dose, "36.5"), words);
  assert.match(slipOf("0,5", "36.5", "0.5"), /^0.5 mg is far from .* Is it the dose in mg\/kg\?$/);
});

test("a usual step, a part of a dose and what is not known are not asked about", () => {
  for (const [dose, planned] of [
    ["84", "56"],
    ["73", "36.5"],
    ["28", "84"],
    ["12", "36.5"],
  ])
    assert.equal(slipOf(dose, planned), "");
  for (const [dose, planned] of [
    ["", "36.5"],
    ["350", null],
    ["3x", "36.5"],
    ["350", undefined],
  ])
    assert.equal(slipOf(dose, planned), "");
});
