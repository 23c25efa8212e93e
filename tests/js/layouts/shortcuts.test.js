import assert from "node:assert/strict";
import test from "node:test";
import { isForUs, Keys } from "../../../tracker/static/layouts/shortcuts.js";

const typing = { closest: () => ({}) };
const resting = { closest: () => null };
const pressed = (key, more = {}) => ({ key, target: resting, ...more });

test("a slash finds and a question mark helps", () => {
  const keys = new Keys(["t", "p"]);
  assert.equal(keys.press("/", 0), "find");
  assert.equal(keys.press("?", 1), "help");
  assert.equal(keys.press("x", 2), "");
});

test("g and a letter go where the letter leads, soon after each other", () => {
  const keys = new Keys(["t", "p"]);
  assert.equal(keys.press("t", 0), "");
  assert.equal(keys.press("g", 10), "");
  assert.equal(keys.press("t", 500), "t");
  assert.equal(keys.press("t", 600), "");
  keys.press("g", 1_000);
  assert.equal(keys.press("t", 2_600), "");
  keys.press("g", 3_000);
  assert.equal(keys.press("x", 3_100), "");
  assert.equal(keys.press("p", 3_200), "");
});

test("what follows g is no other key", () => {
  const keys = new Keys(["t"]);
  keys.press("g", 0);
  assert.equal(keys.press("/", 100), "");
  assert.equal(keys.press("/", 200), "find");
});

test("never while somebody types, holds another key or composes a letter", () => {
  assert.equal(isForUs(pressed("/")), true);
  assert.equal(isForUs(pressed("/", { target: typing })), false);
  for (const held of ["ctrlKey", "altKey", "metaKey", "isComposing", "defaultPrevented"])
    assert.equal(isForUs(pressed("/", { [held]: true })), false);
  assert.equal(isForUs(pressed("Shift")), false);
  assert.equal(isForUs(pressed("?", { shiftKey: true })), true);
});
