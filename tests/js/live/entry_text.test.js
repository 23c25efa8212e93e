import assert from "node:assert/strict";
import test from "node:test";

globalThis.document = { querySelector: () => null };
const { COLUMNS, marksOf, notesOf } = await import("../../../tracker/static/live/entry_text.js");

const cells = (content) => COLUMNS.map(({ write }) => write(content));

test("each sign of a reading has its column, and what was not read is empty", () => {
  const all = {
    systolic_mmhg: 148,
    diastolic_mmhg: 91,
    heart_rate_bpm: 88,
    spo2_percent: 96,
    respiratory_rate_per_min: 14,
    sedation: 4,
    dissociation: 0,
    nausea: 0,
    pain: 2,
  };
  assert.deepEqual(cells(all), ["148/91", "88", "96", "14", "4", "0", "0", "2"]);
  assert.deepEqual(cells({ systolic_mmhg: 120 }), ["120/–", "", "", "", "", "", "", ""]);
  assert.deepEqual(cells({}), ["", "", "", "", "", "", "", ""]);
});

test("what has no column is said beneath", () => {
  const reading = { kind: "reading", content: { nausea: 0, note: " cold " } };
  assert.equal(notesOf(reading), "cold");
  assert.equal(notesOf({ kind: "note", content: { text: "warm" } }), "");
});

test("a row says how it stands", () => {
  const shown = { kind: "reading" };
  const marks = (line) => marksOf({ shown, versions: [shown], last: shown, ...line }, new Set());
  assert.deepEqual(marks({}), []);
  assert.deepEqual(marks({ last: { id: 1 } }), ["waiting"]);
  assert.deepEqual(marks({ last: { id: 1, problems: [] } }), ["not taken"]);
  assert.deepEqual(marks({ versions: [shown, { is_late: true }] }), ["corrected", "late"]);
  assert.deepEqual(marks({ withdrawn: {} }), ["withdrawn"]);
});
