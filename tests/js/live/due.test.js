import assert from "node:assert/strict";
import test from "node:test";
import { chains, effective, startOf } from "../../../tracker/static/live/chains.js";
import { dueOf, nextDue } from "../../../tracker/static/live/due.js";
import { at, logOf } from "./log.js";

const signs = ["systolic_mmhg", "heart_rate_bpm"];
const EVERY = {
  every: 15,
  longest: 1440,
  minutes: [],
  lateAfter: 5,
  again: 0,
  untilStable: null,
  signs,
};
const NASAL = {
  every: null,
  longest: 1440,
  minutes: [40, 120],
  lateAfter: 5,
  again: 15,
  untilStable: [140, 90],
  signs: ["systolic_mmhg"],
};
const PULSE = { heart_rate_bpm: 70 };
const GIVEN = [0, "given", { dose_mg: "28" }];

function due(plan, minute, written, left = null) {
  const entries = effective(chains(logOf(...written)));
  const now = at(minute);
  const next = nextDue(plan, entries, { now, left });
  const { late, words } = dueOf(next, { lateAfter: plan.lateAfter, begun: startOf(entries), now });
  return { minute: next?.minute, late, words };
}

test("before the start one reading is due, and then none until it begins", () => {
  assert.equal(due(EVERY, -3, []).words, "Before the start");
  assert.equal(due(EVERY, -3, [[-4, "reading", PULSE]]).words, "Once started");
});

test("a reading is late until the next one is due, not until that one may be taken early", () => {
  assert.deepEqual(due(EVERY, 10, [GIVEN]), { minute: 15, late: false, words: "in 5 min" });
  assert.deepEqual(due(EVERY, 15, [GIVEN]), { minute: 15, late: false, words: "now" });
  assert.deepEqual(due(EVERY, 29, [GIVEN]), { minute: 15, late: true, words: "by 14 min" });
  assert.deepEqual(due(EVERY, 30, [GIVEN]), { minute: 30, late: false, words: "now" });
});

test("a reading shortly before counts, and a later one leaves the earlier missed", () => {
  assert.equal(due(EVERY, 16, [GIVEN, [11, "reading", PULSE]]).minute, 30);
  assert.equal(due(EVERY, 28, [GIVEN, [27, "reading", PULSE]]).minute, undefined);
});

test("only what holds a blood pressure counts where the label asks for it", () => {
  assert.equal(due(NASAL, 41, [GIVEN, [40, "reading", PULSE]]).minute, 40);
  assert.equal(due(NASAL, 41, [GIVEN, [40, "reading", { systolic_mmhg: 120 }]]).minute, 120);
});

test("a high pressure asks for another reading", () => {
  const high = [40, "reading", { systolic_mmhg: 120, diastolic_mmhg: 95 }];
  assert.equal(due(NASAL, 41, [GIVEN, high]).minute, 55);
});

test("nothing is due once somebody went home, nor when all was read", () => {
  assert.equal(due(EVERY, 50, [GIVEN], at(45)).words, "None due");
  const both = [40, 120].map((minute) => [minute, "reading", { systolic_mmhg: 120 }]);
  assert.equal(due(NASAL, 130, [GIVEN, ...both]).words, "None due");
});
