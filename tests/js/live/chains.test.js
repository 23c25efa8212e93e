import assert from "node:assert/strict";
import test from "node:test";
import {
  chains,
  effective,
  infusionOf,
  leftAt,
  newestFirst,
  startOf,
} from "../../../tracker/static/live/chains.js";
import { at, logOf } from "./log.js";

const keys = (entries) => entries.map(({ key }) => key);

test("a correction stands in place of what it corrects, wherever it arrived", () => {
  const entries = logOf(
    [0, "note"],
    [5, "note"],
    [1, "note", {}, "key-1"],
    [2, "note", {}, "key-3"],
  );
  assert.deepEqual(keys(effective(chains(entries))), ["key-4", "key-2"]);
});

test("what was withdrawn holds no more, and a later correction brings it back", () => {
  const entries = logOf([0, "note"], [1, "withdrawal", {}, "key-1"]);
  assert.deepEqual(effective(chains(entries)), []);
  const again = [...entries, { ...entries[0], key: "key-3", replaces: "key-1" }];
  assert.deepEqual(keys(effective(chains(again))), ["key-3"]);
});

test("within one minute what arrived last stands last, a correction too", () => {
  const entries = logOf([3, "note"], [3, "note"], [3, "note", {}, "key-1"]);
  assert.deepEqual(keys(effective(chains(entries))), ["key-2", "key-3"]);
});

test("the log is read from the newest, and within one minute from what was first written last", () => {
  const lines = newestFirst(chains(logOf([3, "note"], [3, "note"], [9, "note"])));
  assert.deepEqual(keys(lines.map(({ shown }) => shown)), ["key-3", "key-2", "key-1"]);
});

test("a checklist that is filled in again is one line, and the last one holds", () => {
  const left = new Date(at(90)).toISOString();
  const entries = effective(chains(logOf([80, "discharge"], [95, "discharge", { left_at: left }])));
  assert.deepEqual(keys(entries), ["key-2"]);
  assert.equal(leftAt(entries), at(90));
});

test("the treatment begins with the first dose or infusion that holds", () => {
  const entries = logOf([-5, "reading"], [2, "given"], [1, "infusion", { action: "start" }]);
  assert.equal(startOf(effective(chains(entries))), at(1));
  assert.equal(startOf([]), null);
});

test("a new rate does not end a pause", () => {
  const done = (...actions) =>
    logOf(...actions.map((action, minute) => [minute, "infusion", { action }]));
  assert.equal(infusionOf([]), "");
  assert.equal(infusionOf(done("start", "pause", "rate")), "paused");
  assert.equal(infusionOf(done("start", "pause", "resume")), "running");
  assert.equal(infusionOf(done("start", "stop")), "stopped");
});
