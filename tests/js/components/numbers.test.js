import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import {
  ambiguity,
  isSome,
  readNumber,
  roundHalfUp,
  withoutZeros,
} from "../../../tracker/static/components/numbers.js";

// The same examples that forms and files are held to (tests/domain/test_parsing.py).
const EXAMPLES = JSON.parse(readFileSync(new URL("../../data/numbers.json", import.meta.url)));

test("the chair reads and writes the examples as forms do", () => {
  for (const { typed, form, written } of EXAMPLES) {
    const read = readNumber(typed);
    assert.equal(read?.text ?? null, form === null ? null : written, typed);
    if (written !== null) assert.equal(withoutZeros(written), written);
    if (read) assert.equal(readNumber(read.text)?.text, read.text, typed);
  }
});

test("a number is read as it is usually typed", () => {
  for (const [typed, text] of [
    ["35", "35"],
    [" 35,5 ", "35.5"],
    ["+0.50", "0.5"],
    ["7.", "7"],
    ["007", "7"],
  ]) {
    assert.equal(readNumber(typed)?.text, text);
  }
});

test("what the server would refuse is no number", () => {
  for (const typed of [
    "",
    "-3",
    "7 stone",
    "1,234",
    "1.234",
    "12.34567",
    "1234567890",
    "1e3",
    "٣",
  ]) {
    assert.equal(readNumber(typed), null, typed);
  }
});

test("a number that can be read two ways is said to be one", () => {
  assert.equal(ambiguity("1,234"), "1,234 could be read two ways. Write 1234 or 1.2340.");
  assert.equal(ambiguity("0,234"), "");
  assert.equal(ambiguity("1,2340"), "");
});

test("rounding is half up and exact", () => {
  assert.equal(roundHalfUp(1005n, 1000n, 2n), "1.01");
  assert.equal(roundHalfUp(5n, 1000n, 2n), "0.01");
  assert.equal(roundHalfUp(4n, 1000n, 2n), "0.00");
});

test("needless noughts go, and nought is nothing given", () => {
  assert.equal(withoutZeros("100"), "100");
  assert.equal(withoutZeros("0070.50"), "70.5");
  assert.equal(withoutZeros("0.00"), "0");
  assert.equal(isSome(readNumber("0")), false);
  assert.equal(isSome(null), false);
});
