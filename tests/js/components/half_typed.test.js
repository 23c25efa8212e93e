import assert from "node:assert/strict";
import test from "node:test";
import { halfTyped } from "../../../tracker/static/components/half_typed.js";

const field = (type, badInput) => ({ type, validity: { badInput } });

test("a day or a time that was typed in part is found, and nothing else", () => {
  const half = [field("date", true), field("time", true)];
  const whole = [field("date", false), field("time", false), field("text", true), { type: "time" }];
  assert.deepEqual(halfTyped([...whole, ...half]), half);
});
