import assert from "node:assert/strict";
import test from "node:test";
import { concentrationOf, mgOfVolume } from "../../../tracker/static/live/extras.js";
import { logOf } from "./log.js";

test("a volume becomes milligrams by the concentration, exactly", () => {
  assert.deepEqual(mgOfVolume("12,5", "2"), { mg: "25", words: "12.5 mL × 2 mg/mL = 25 mg" });
  assert.equal(mgOfVolume("0.35", "50.00").mg, "17.5");
  assert.equal(mgOfVolume("0", "50"), null);
  assert.equal(mgOfVolume("some", "50"), null);
  assert.equal(mgOfVolume("10", ""), null);
});

test("the concentration is that of the checks that hold", () => {
  const gate = (concentration) => ({ concentration_mg_per_ml: concentration });
  assert.equal(concentrationOf(logOf([0, "note", { text: "x" }])), "");
  assert.equal(concentrationOf(logOf([-5, "gate", {}])), "");
  assert.equal(concentrationOf(logOf([-9, "gate", gate("10")], [-5, "gate", gate("50")])), "50");
});
