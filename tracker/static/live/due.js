// Which reading is due next. The server says it (domain/live/monitoring.py); while it cannot, the
// same is counted here from the rule that it sent (web/live/chair.py).
// tests/journeys/test_parity.py holds the two equal.

import { startOf } from "./chains.js";

const MINUTE_MS = 60_000;
const NOTHING = { note: "", at: null, late: false };

// `next` is what is due: { minute, at }, or null. In words, with whether it is late.
export function dueOf(next, { lateAfter, begun, now }) {
  if (!next && begun === null) {
    return { ...NOTHING, words: "Once started", note: "baseline taken" };
  }
  if (!next) return { ...NOTHING, words: "None due" };
  if (next.at === null) {
    return { ...NOTHING, words: "Before the start", note: "one before the first dose" };
  }
  const since = Math.floor((now - next.at) / MINUTE_MS);
  const late = now - next.at > lateAfter * MINUTE_MS; // to the second, as the board has it
  const sinceWords = late ? `by ${since} min` : "now";
  return {
    words: since < 0 ? `in ${-since} min` : sinceWords,
    note: next.minute ? `minute ${next.minute}` : "before the start",
    at: next.at,
    late,
  };
}

// `effective` is what holds of the log; `left` is when somebody went home, after which nothing is
// due any more.
export function nextDue(plan, effective, { now, left = null }) {
  const begun = startOf(effective);
  const readings = effective.filter(
    ({ kind, content }) => kind === "reading" && isAskedFor(plan, content),
  );
  if (left !== null) return null;
  if (begun === null) return readings.length ? null : { minute: 0, at: null };
  const taken = readings.map(({ at, content }) => ({
    minute: (Date.parse(at) - begun) / MINUTE_MS,
    content,
  }));
  const minute = firstOpen(plan, taken, (now - begun) / MINUTE_MS);
  return minute === undefined ? null : { minute, at: begun + minute * MINUTE_MS };
}

const isAskedFor = (plan, content) => plan.signs.some((name) => (content[name] ?? null) !== null);

// A reading counts from shortly before it is due. It is missed once the next one is due, or a later
// one was taken.
function firstOpen(plan, taken, upto) {
  const minutes = dueMinutes(plan, taken, upto);
  return minutes.find((minute, place) => {
    const early = Math.min(plan.lateAfter, (minute - (minutes[place - 1] ?? 0)) / 2);
    const following = minutes[place + 1] ?? Number.POSITIVE_INFINITY;
    return upto < following && !taken.some((reading) => reading.minute >= minute - early);
  });
}

function dueMinutes(plan, taken, upto) {
  if (plan.every) {
    const count = Math.max(0, Math.floor(Math.min(upto, plan.longest) / plan.every)) + 1;
    return Array.from({ length: count }, (_, place) => plan.every * (place + 1));
  }
  const minutes = [...new Set([...plan.minutes, ...untilStable(plan, taken)])];
  return minutes.sort((one, other) => one - other);
}

// A pressure that is high from the first fixed minute on asks for another reading, unless one is
// due about then.
function untilStable({ untilStable: limits, minutes, lateAfter, again }, taken) {
  if (!limits || !minutes.length) return [];
  const [systolic, diastolic] = limits;
  const isHigh = ({ systolic_mmhg: upper, diastolic_mmhg: lower }) =>
    upper > systolic || lower > diastolic;
  return taken
    .filter(({ minute, content }) => minute >= minutes[0] - lateAfter && isHigh(content))
    .map(({ minute }) => Math.trunc(minute) + again)
    .filter((minute) => !minutes.some((fixed) => Math.abs(minute - fixed) <= lateAfter));
}
