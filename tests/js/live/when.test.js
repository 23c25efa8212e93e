import assert from "node:assert/strict";
import test from "node:test";
import { Zone } from "../../../tracker/static/live/times.js";
import { When } from "../../../tracker/static/live/when.js";
import { at, START } from "./log.js";

globalThis.document = { activeElement: null };

function box(hours) {
  const heard = {};
  const input = {
    value: "",
    dataset: { typed: hours },
    addEventListener: (name, act) => (heard[name] = act),
  };
  const output = { textContent: "" };
  const when = new When(
    {
      querySelector: (name) => (name === "input" ? input : output),
      addEventListener: (name, act) => (heard[name] = act),
      classList: { toggle: () => {} },
    },
    { zone: new Zone("America/New_York"), now: () => at(90), start: START },
  );
  const type = (text) => {
    input.value = text;
    heard.change();
  };
  return { when, input, type, click: (button) => heard.click({ target: button }) };
}

test("a time is typed as the clinic's clock counts, and shown so", () => {
  const { when, input, type } = box("12-hour");
  type("1030 am");
  assert.equal(when.at.getTime(), at(30));
  assert.equal(input.value, "10:30 AM");
  assert.deepEqual(when.problems(), []);
});

test("what is no time stays and is told, and is never taken for now", () => {
  const { when, input, type } = box("12-hour");
  type("2:3");
  when.tick();
  assert.equal(input.value, "2:3");
  assert.equal(when.problems().length, 1);
  type("");
  assert.equal(when.at, null);
  assert.deepEqual(when.problems(), []);
});

test("the button of the picker is no button that sets a time", () => {
  const { when, type, click } = box("24-hour");
  type("10:05");
  click({ closest: () => ({ value: "" }) });
  assert.equal(when.at.getTime(), at(5));
  click({ closest: () => ({ value: "5" }) });
  assert.equal(when.at.getTime(), at(0));
  click({ closest: () => ({ value: "now" }) });
  assert.equal(when.at, null);
});
