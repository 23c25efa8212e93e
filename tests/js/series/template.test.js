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

test("it follows the template that is chosen, and no other", () => {
  const form = planned();
  const radio = new EventTarget();
  Object.assign(radio, { form, checked: false, dataset: { says: '{"drug":"Choose"}' } });
  start(radio);
  assert.equal(form.elements.drug.options[0].text, "As the template says: Ketamine");
  radio.checked = true;
  radio.dispatchEvent(new Event("change"));
  assert.equal(form.elements.drug.options[0].text, "Choose");
});
