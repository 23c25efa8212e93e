// Which reading is due next. The server says it (domain/monitoring.py); while it cannot, the same is counted here.

const MINUTE_MS = 60_000;
const SIGNS = [
  "systolic_mmhg",
  "diastolic_mmhg",
  "heart_rate_bpm",
  "spo2_percent",
  "respiratory_rate_per_min",
];

// `plan` is the schedule: minutes or every, late_after, again and until_stable, as domain.monitoring.Schedule has them.
export function dueOf(plan, { due, held, begun, now, away }) {
  const next = away
    ? counted(plan, held, begun, now)
    : due && { minute: due.minute, at: due.at ? Date.parse(due.at) : null };
  if (!next && begun === null)
    return { words: "After the start", note: "the one before it is taken", at: null, late: false };
  if (!next) return { words: "None due", note: "", at: null, late: false };
  if (next.at === null)
    return { words: "Before the start", note: "one before the first dose", at: null, late: false };
  const since = Math.floor((now - next.at) / MINUTE_MS);
  const late = now - next.at > plan.late_after * MINUTE_MS; // to the second, as the board has it
  const words = since < 0 ? `in ${-since} min` : late ? `by ${since} min` : "now";
  return {
    words,
    note: next.minute ? `minute ${next.minute}` : "before the start",
    at: next.at,
    late,
  };
}

function counted(plan, held, begun, now) {
  const readings = held.filter(({ kind, content }) => kind === "reading" && counts(plan, content));
  if (begun === null) return readings.length ? null : { minute: 0, at: null };
  const taken = readings.map(({ at, content }) => ({
    minute: (Date.parse(at) - begun) / MINUTE_MS,
    content,
  }));
  const upto = (now - begun) / MINUTE_MS;
  const wanted = plan.every
    ? repeated(plan.every, upto)
    : [...new Set([...plan.minutes, ...again(plan, taken)])].sort((one, other) => one - other);
  const opens = wanted.map(
    (minute, place) => minute - Math.min(plan.late_after, (minute - (wanted[place - 1] ?? 0)) / 2),
  );
  const next = wanted.find((_, place) => {
    const end = opens[place + 1] ?? Infinity;
    return upto < end && !taken.some(({ minute }) => minute >= opens[place] && minute < end);
  });
  return next === undefined ? null : { minute: next, at: begun + next * MINUTE_MS };
}

const counts = (plan, content) =>
  (plan.until_stable ? ["systolic_mmhg"] : SIGNS).some((name) => content[name]);

// One more than can be due, so that a reading taken early moves on to the next.
const repeated = (every, upto) =>
  Array.from(
    { length: Math.max(0, Math.floor(upto / every)) + 2 },
    (_, place) => every * (place + 1),
  );

function again({ until_stable: limits, minutes, late_after: late, again: wait }, taken) {
  if (!limits || !minutes.length) return [];
  const [systolic, diastolic] = limits;
  const high = taken.filter(
    ({ minute, content }) =>
      minute >= minutes[0] - late &&
      (content.systolic_mmhg > systolic || content.diastolic_mmhg > diastolic),
  );
  return high
    .map(({ minute }) => Math.floor(minute) + wait)
    .filter((minute) => !minutes.some((fixed) => Math.abs(minute - fixed) <= late));
}
