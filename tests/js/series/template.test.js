import assert from "node:assert/strict";
import { test } from "node:test";

import { put, start } from "../../../tracker/static/series/template.js";

const NAMES = ["indication", "drug", "route", "phase"];
const list = () => ({ options: [{ text: "as it was" }, { text: "Esketamine" }] });
const planned = () => ({
  ...Object.fromEntries(NAMES.map((name) => [name, list()])),
  planned_dose_mg: { placeholder: "" },
});
const firsts = (fields) => NAMES.map((name) => fields[name].options[0].text);

test("the first choice of each field names what the template says", () => {
  const fields = planned();
  put(fields, { drug: "Esketamine", route: "Nasal", planned_dose_mg: "84" });
  assert.deepEqual(firsts(fields), [
    "Choose",
    "Esketamine, as the template says",
    "Nasal, as the template says",
    "Choose",
  ]);
  assert.equal(fields.drug.options[1].text, "Esketamine");
  assert.equal(fields.planned_dose_mg.placeholder, "84");
  put(fields, {});
  assert.deepEqual(firsts(fields), ["Choose", "Choose", "Choose", "Choose"]);
  assert.equal(fields.planned_dose_mg.placeholder, "");
});

test("it follows the template that is chosen", () => {
  const form = Object.assign(new EventTarget(), { elements: planned() });
  form.elements.template = { value: "six", name: "template" };
  form.dataset = { says: JSON.stringify({ six: { drug: "Ketamine" }, custom: {} }) };
  const change = (name) => {
    const event = new Event("change");
    Object.defineProperty(event, "target", { value: { name } });
    form.dispatchEvent(event);
  };
  start(form);
  assert.equal(form.elements.drug.options[0].text, "Ketamine, as the template says");
  form.elements.template.value = "custom";
  change("drug");
  assert.equal(form.elements.drug.options[0].text, "Ketamine, as the template says");
  change("template");
  assert.equal(form.elements.drug.options[0].text, "Choose");
});
