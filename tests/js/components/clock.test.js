import assert from "node:assert/strict";
import test from "node:test";
import { Clock } from "../../../tracker/static/components/clock.js";

const NEW_YORK = "America/New_York";
const at = (utc) => Date.parse(`2026-03-03T${utc}Z`); // five hours ahead of New York

test("a clock of 24 hours writes two digits each", () => {
  const clock = new Clock(NEW_YORK, "24-hour");
  assert.equal(clock.time(at("14:05:09")), "09:05");
  assert.equal(clock.timeWithSeconds(at("14:05:09")), "09:05:09");
});

test("a clock of 12 hours writes noon, midnight and what is between", () => {
  const clock = new Clock(NEW_YORK, "12-hour");
  assert.deepEqual(
    ["05:00:00", "05:59:59", "14:05:09", "17:00:00", "19:30:00"].map((utc) => clock.time(at(utc))),
    ["12:00 AM", "12:59 AM", "9:05 AM", "12:00 PM", "2:30 PM"],
  );
  assert.equal(clock.timeWithSeconds(at("19:30:05")), "2:30:05 PM");
});

test("a field of type time takes 24 hours, whatever the clinic's clock", () => {
  assert.equal(new Clock(NEW_YORK, "12-hour").typed(at("19:30:00")), "14:30");
});

test("a page kept by an earlier version says nothing of hours: 24", () => {
  assert.equal(new Clock(NEW_YORK, undefined).time(at("19:30:00")), "14:30");
});
