// An entry in one line while the server has not written that line yet, as domain/live/entry_text.py
// writes it. tests/journeys/test_parity.py holds the two equal.

import { withoutZeros } from "../components/numbers.js";
import { find } from "../layouts/out_of_sight.js";

const MINUTE_MS = 60_000;
const SETTING = ["intention", "mindset", "surroundings", "music"];
const OBSERVED = [
  ["heart_rate_bpm", (value) => `HR ${value}`],
  ["spo2_percent", (value) => `SpO2 ${value} %`],
  ["respiratory_rate_per_min", (value) => `RR ${value}`],
  ...["sedation", "dissociation", "pain", "nausea"].map((name) => [
    name,
    (value) => `${name} ${value}`,
  ]),
];

const isGiven = (value) => value !== undefined && value !== null && value !== "";

// A part that says something; `write` puts what is there into words.
const part = (value, write) => (isGiven(value) ? write(value) : "");

// The words of a code stand in the forms, where they are chosen.
function label(name, value) {
  const place = find(`[data-code="${name}:${value}"]`);
  return place ? (place.dataset.words ?? place.textContent) : value;
}

const mg = ({ dose_mg: dose, confirmed_mg: sure }, words) =>
  part(
    dose,
    () => `${withoutZeros(String(dose))} mg ${words}${isGiven(sure) ? " (confirmed)" : ""}`,
  );

function pressure({ systolic_mmhg: systolic, diastolic_mmhg: diastolic }) {
  return isGiven(systolic) || isGiven(diastolic) ? `BP ${systolic ?? "–"}/${diastolic ?? "–"}` : "";
}

function eventParts(
  { term, other, grade, serious, actions = [], outcome, ended_at: end, note },
  at,
) {
  return [
    term === "other" && other ? other : label("term", term),
    part(grade, () => `grade ${grade}`),
    part(serious, () => (serious ? "serious" : "not serious")),
    ...actions.map((action) => label("actions", action)),
    part(outcome, () => label("outcome", outcome)),
    part(end, () => `lasted ${Math.floor((Date.parse(end) - Date.parse(at)) / MINUTE_MS)} min`),
    note,
  ];
}

const PARTS = {
  reading: (content) => [
    pressure(content),
    ...OBSERVED.map(([name, write]) => part(content[name], write)),
    content.note,
  ],
  given: (content) => [mg(content, "given"), content.note],
  infusion: (content) => [
    label("action", content.action),
    part(content.rate_ml_per_h, (rate) => `${withoutZeros(String(rate))} mL/h`),
    mg(content, content.action === "stop" ? "given in all" : "drawn up"),
    content.note,
  ],
  dissociation: ({ mark, strength }) => [
    label("mark", mark),
    part(strength, () => `${strength} of 10`),
  ],
  event: eventParts,
  note: ({ text }) => [text],
  setting: (content) => SETTING.map((name) => part(content[name], (text) => `${name}: ${text}`)),
  withdrawal: ({ reason }) => [`Withdrawn: ${reason}`],
};

function textOf({ kind, content, at }) {
  const parts = PARTS[kind]?.(content, at) ?? [kind];
  return parts
    .filter(Boolean)
    .map((text) => text.trim().replace(/\s+/g, " "))
    .filter(Boolean)
    .join(", ");
}

const written = (sign) => ({
  signs: [sign],
  write: ({ [sign]: value }) => part(value, String),
});

// The columns of the flowsheet: the signs in each, and what stands of a reading there.
export const COLUMNS = [
  {
    signs: ["systolic_mmhg", "diastolic_mmhg"],
    write: ({ systolic_mmhg: systolic, diastolic_mmhg: diastolic }) =>
      isGiven(systolic) || isGiven(diastolic) ? `${systolic ?? "–"}/${diastolic ?? "–"}` : "",
  },
  ...["heart_rate_bpm", "spo2_percent", "respiratory_rate_per_min"].map(written),
  ...["sedation", "dissociation", "nausea", "pain"].map(written),
];

// What of a reading has no column.
export const notesOf = ({ kind, content }) =>
  kind === "reading" ? (content.note?.trim() ?? "") : "";

// The server's own words replace these once the entry is taken.
export const wordsOf = (entry) => entry.words ?? textOf(entry);

// What stood there before, and who says that it does not hold.
export function earlierVersions({ versions, withdrawn, shown }, zone) {
  const earlier = versions.filter((entry) => entry !== shown && entry !== withdrawn);
  const kept = earlier.map(
    (entry) =>
      `Before: ${wordsOf(entry)} (${zone.time(Date.parse(entry.at))}, ${entry.by ?? "you"})`,
  );
  return withdrawn
    ? [`Withdrawn by ${withdrawn.by ?? "you"}: ${withdrawn.content.reason}`, ...kept]
    : kept;
}

// `fixed` are the kinds that are filled in anew, and not corrected.
export function marksOf({ versions, last, withdrawn, shown }, fixed) {
  return [
    "problems" in last ? "not taken" : "id" in last && "waiting",
    withdrawn ? "withdrawn" : versions.length > 1 && !fixed.has(shown.kind) && "corrected",
    versions.some(({ is_late: late }) => late) && "late",
  ].filter(Boolean);
}
