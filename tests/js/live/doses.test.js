import assert from "node:assert/strict";
import test from "node:test";
import { dosesOf, factOf } from "../../../tracker/static/live/doses.js";
import { at, logOf } from "./log.js";

const device = { mg: 28, apartMinutes: 5, source: "the label" };
const zone = { time: (instant) => new Date(instant).toISOString().slice(11, 16) };
const NASAL = { route: "nasal", device, doseMg: "56" };
const words = (plan, entries) => dosesOf(plan, entries).map((tile) => tile.words);

test("an infusion offers what can be done with it now", () => {
  const iv = { route: "iv", device: null, doseMg: "35" };
  const after = (...actions) => logOf(...actions.map((action) => [0, "infusion", { action }]));
  assert.deepEqual(words(iv, []), ["Start infusion"]);
  assert.deepEqual(words(iv, after("start")), ["Pause", "Rate", "Stop"]);
  assert.deepEqual(words(iv, after("start", "pause")), ["Resume", "Stop"]);
  assert.deepEqual(words(iv, after("start", "stop")), ["Start again"]);
  assert.deepEqual(dosesOf(iv, [])[0].content, { dose_mg: "35" });
});

test("a planned dose is proposed once: a second one is for somebody to say", () => {
  const im = { route: "im", device: null, doseMg: "35" };
  assert.deepEqual(dosesOf(im, [])[0].content, { dose_mg: "35" });
  const [again] = dosesOf(im, logOf([0, "given", { dose_mg: "35" }]));
  assert.deepEqual([again.words, again.hint, again.content], ["Another dose", "1 given", {}]);
});

test("devices are counted against the plan, and keep the lot of the one before", () => {
  assert.deepEqual(words(NASAL, []), ["Device 1 of 2 given"]);
  const one = logOf([0, "given", { dose_mg: "28", lot_id: "7" }]);
  assert.equal(dosesOf(NASAL, one)[0].content.lot_id, "7");
  const both = logOf([0, "given", {}], [5, "given", {}]);
  assert.deepEqual(words(NASAL, both), ["Another device"]);
  assert.deepEqual(words({ ...NASAL, doseMg: "40" }, []), ["Device 1 given"]);
});

test("the time between two devices is said with its source, and locks nothing", () => {
  const one = logOf([0, "given", { dose_mg: "28" }]);
  assert.match(
    factOf(NASAL, one, at(2), zone),
    /5 min \(the label\); 3 min of them to go, until 15:05/,
  );
  assert.match(factOf(NASAL, one, at(6), zone), /6 min have passed/);
  const both = logOf([0, "given", {}], [5, "given", {}]);
  assert.equal(factOf(NASAL, both, at(6), zone), "Device 2 was given at 15:05.");
  assert.equal(factOf({ ...NASAL, device: null }, one, at(2), zone), "");
});
