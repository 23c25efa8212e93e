import assert from "node:assert/strict";
import test from "node:test";
import { statusMark, statusWords } from "../../../tracker/static/live/status.js";

test("how it stands is said for every state, with and without something that waits", () => {
  assert.equal(statusWords("saved", 0, 0), "All saved");
  assert.equal(statusWords("saved", 1, 0), "Sending");
  assert.equal(statusWords("away", 1, 0), "1 entry waits for the connection");
  assert.equal(statusWords("gone", 3, 0), "The server does not know this session");
  for (const state of ["away", "busy", "signed-out", "other"]) {
    assert.match(statusWords(state, 2, 0), /2 entries wait/);
    assert.doesNotMatch(statusWords(state, 0, 0), /undefined/);
  }
});

test("what was not taken is said whatever else holds", () => {
  assert.equal(statusWords("saved", 0, 1), "All saved. 1 entry was not taken: see the log");
  assert.equal(statusMark("saved", 0, 1), "refused");
  assert.equal(statusMark("saved", 0, 0), "saved");
  assert.equal(statusMark("saved", 1, 0), "waiting");
  assert.equal(statusMark("away", 0, 0), "waiting");
});

test("what waits in the page alone is said to, and only while something does", () => {
  const here = "Kept on this page only: do not close it";
  assert.equal(statusWords("away", 1, 0, false), `1 entry waits for the connection. ${here}`);
  assert.equal(statusWords("saved", 0, 0, false), "All saved");
  assert.equal(
    statusWords("saved", 0, 1, false),
    `All saved. ${here}. 1 entry was not taken: see the log`,
  );
});
