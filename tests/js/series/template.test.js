import assert from "node:assert/strict";
import { test } from "node:test";

import { put, start } from "../../../tracker/static/series/template.js";

const field = (...texts) => ({ options: texts.map((text) => ({ text })) });

function planned() {
  const drug = field("As the template says: Ketamine", "Esketamine");
  return { elements: { drug, route: field("Choose", "Nasal"), dose: { placeholder: "" } } };
}

test("the first choice of each field names what the template says", () => {
  const form = planned();
  const [drug, route] = ["As the template says: Esketamine", "As the template says: Nasal"];
  put(form, { drug, route, dose: "84" });
  assert.equal(form.elements.drug.options[0].text, drug);
  assert.equal(form.elements.drug.options[1].text, "Esketamine");
  assert.equal(form.elements.route.options[0].text, route);
  assert.equal(form.elements.dose.placeholder, "84");
});

test("it follows the template that is chosen", () => {
  const form = Object.assign(new EventTarget(), planned());
  form.elements.template = { value: "six", name: "template" };
  const says = { six: { drug: "As the template says: Ketamine" }, custom: { drug: "Choose" } };
  form.dataset = { says: JSON.stringify(says) };
  const change = (name) => {
    const event = new Event("change");
    Object.defineProperty(event, "target", { value: { name } });
    form.dispatchEvent(event);
  };
  start(form);
  form.elements.template.value = "custom";
  change("drug");
  assert.equal(form.elements.drug.options[0].text, "As the template says: Ketamine");
  change("template");
  assert.equal(form.elements.drug.options[0].text, "Choose");
});
