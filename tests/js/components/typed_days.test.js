import assert from "node:assert/strict";
import test from "node:test";
import {
  readDay,
  readTime,
  writeDay,
  writeTime,
} from "../../../tracker/static/components/typed_days.js";

test("a day is read in the clinic's order, with its month in letters, and as ISO", () => {
  for (const text of ["3/4/2026", "03.04.2026", " 3  April 2026", "Apr 3, 2026", "2026-04-03"])
    assert.equal(readDay(text, "day-first"), "2026-04-03");
  assert.equal(readDay("3/4/2026", "month-first"), "2026-03-04");
});

test("a day without its year is the one nearest to today", () => {
  assert.equal(readDay("3 Jan", "day-first", "2026-12-20"), "2027-01-03");
  assert.equal(readDay("Dec 30", "month-first", "2027-01-02"), "2026-12-30");
  assert.equal(readDay("29 Feb", "day-first", "2026-12-20"), "");
});

test("what is half typed, unclear or no day is none", () => {
  for (const text of ["", "3/4", "3/4/26", "31/2/2026", "3 Foo 2026", "1/1/1899", "3/4-2026"])
    assert.equal(readDay(text, "day-first"), "");
});

test("a time is read with and without a colon, by either clock", () => {
  assert.equal(readTime("1030", "24-hour"), "10:30");
  assert.equal(readTime("10:30 pm", "24-hour"), "22:30");
  assert.equal(readTime("9 am", "12-hour"), "09:00");
  assert.equal(readTime("09:05:07", "12-hour"), "09:05:07");
  for (const text of ["", "9", "24:00", "13 pm", "soon"])
    assert.equal(readTime(text, "24-hour"), "");
});

test("on a clock of 12 hours nobody guesses the half of the day", () => {
  assert.equal(readTime("2:30", "12-hour"), "");
  assert.equal(readTime("2:30", "24-hour"), "02:30");
  assert.equal(readTime("14:30", "12-hour"), "14:30");
});

test("days and times are written as the clinic does", () => {
  assert.equal(writeDay("2026-04-03", "day-first"), "03/04/2026");
  assert.equal(writeDay("2026-04-03", "month-first"), "04/03/2026");
  assert.equal(writeTime("00:05", "12-hour"), "12:05 AM");
  assert.equal(writeTime("14:30:09", "12-hour"), "2:30:09 PM");
  assert.equal(writeTime("14:30", "24-hour"), "14:30");
});
