import assert from "node:assert/strict";
import test from "node:test";
import { agoWords, elapsed, minuteWords, Zone } from "../../../tracker/static/live/times.js";
import { at, START } from "./log.js";

test("a clock counts minutes in the first hour, then hours", () => {
  assert.equal(elapsed(-5), "00:00");
  assert.equal(elapsed(59 * 60_000 + 9_000), "59:09");
  assert.equal(elapsed(3_600_000 + 61_000), "1:01:01");
});

test("a time of day is the instant nearest to now on the clinic's clock", () => {
  const zone = new Zone("America/New_York");
  assert.equal(zone.time(START), "10:00");
  assert.equal(zone.instant("09:50", START).getTime(), at(-10));
  assert.equal(zone.instant("23:00", START).getTime(), at(-11 * 60)); // of yesterday
  assert.equal(zone.instant("21:00", START).getTime(), at(11 * 60));
  assert.equal(zone.instant("soon", START), null);
});

test("by a clinic of 12 hours a field is still read in 24", () => {
  const zone = new Zone("America/New_York", "12-hour");
  assert.equal(zone.time(START), "10:00 AM");
  assert.equal(zone.instant(zone.typed(at(-600)), START).getTime(), at(-600)); // midnight
});

test("an hour that the clocks skip is no reason to be an hour off", () => {
  const zone = new Zone("America/New_York");
  const after = Date.parse("2026-03-08T07:30:00Z"); // 03:30, an hour and a half after 01:00
  assert.equal(zone.instant("01:00", after).toISOString(), "2026-03-08T06:00:00.000Z");
});

test("minutes are said from the start, or back from now", () => {
  assert.equal(minuteWords(null, START), "before the start");
  assert.equal(minuteWords(START, at(-2)), "2 min before");
  assert.equal(minuteWords(START, at(7.9)), "minute 7");
  assert.equal(agoWords(at(0), at(0.5)), "just now");
  assert.equal(agoWords(at(0), at(5)), "5 min ago");
  assert.equal(agoWords(at(0), at(1500)), "more than a day ago");
});
