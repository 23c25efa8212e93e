import assert from "node:assert/strict";
import test from "node:test";
import { SessionLog } from "../../../tracker/static/live/session_log.js";
import { at, logOf } from "./log.js";

const schedule = {
  every: 15,
  longest: 1440,
  minutes: [],
  lateAfter: 5,
  again: 0,
  signs: ["spo2_percent"],
};
const CHAIR = { session: "3", personName: "Anna", doseMg: "35", schedule };
const SAID = { entries: [], sequence: 0, state: "under-way", due: null };
const waiting = (entry, session = "3") => ({ ...entry, session, id: 1 });

test("what waits here stands on top of what the server knows, until the server has it", () => {
  const [first, second] = logOf([0, "given"], [1, "note"]);
  const log = new SessionLog(CHAIR, { ...SAID, entries: [first] });
  log.update([waiting(second), waiting({ ...second, key: "key-9" }, "4")]);
  assert.deepEqual(
    log.entries.map(({ key }) => key),
    ["key-1", "key-2"],
  );
  log.add(second);
  log.update([waiting(second)]);
  assert.equal(log.lines.length, 2);
  assert.equal(log.begun, at(0));
});

test("news is what somebody else wrote since the page was opened", () => {
  const [first, second] = logOf([0, "note"], [1, "note"]);
  const log = new SessionLog(CHAIR, SAID);
  assert.equal(log.add({ ...first, by: "Otis" }), false); // the page has just been opened
  log.advance({ ...SAID, sequence: 1 });
  assert.equal(log.add({ ...second, by: "Otis" }), true);
  assert.equal(log.add({ ...second, by: "Otis" }), false);
  assert.equal(log.add({ ...second, key: "key-3", by: "Anna" }), false);
});

test("the session is closed when the server says so", () => {
  const log = new SessionLog(CHAIR, SAID);
  assert.equal(log.isClosed, false);
  assert.equal(log.advance(SAID), false);
  assert.equal(log.advance({ ...SAID, state: "completed" }), true);
  assert.equal(log.isClosed, true);
});

test("the dose is the one that was checked today, to the last digit, else the planned one", () => {
  const log = new SessionLog(CHAIR, SAID);
  log.update([]);
  assert.equal(log.doseMg, "35");
  log.update(logOf([0, "gate", { dose_mg: "12.1250" }]).map((entry) => waiting(entry)));
  assert.equal(log.doseMg, "12.1250");
});

test("what is due is what the server said, and while something waits what its rule says", () => {
  const due = { minute: 30, at: new Date(at(30)).toISOString() };
  const log = new SessionLog(CHAIR, { ...SAID, due, entries: logOf([0, "given"]) });
  log.update([]);
  assert.deepEqual(log.next(at(16), false), { minute: 30, at: at(30) });
  assert.deepEqual(log.next(at(16), true), { minute: 15, at: at(15) });
});
