// Times of the clinic, and an entry in one line while the server has not written that line yet.

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

const two = (number) => String(number).padStart(2, "0");

export const plural = (count, one, many) => `${count} ${count === 1 ? one : many}`;

// 1. Times. Minutes count from the start, by UTC, so that a change of the clocks changes nothing.

export const minutesSince = (start, at) => Math.floor((at - start) / MINUTE_MS);

// mm:ss in the first hour, h:mm:ss after it.
export function elapsed(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours
    ? `${hours}:${two(minutes)}:${two(seconds % 60)}`
    : `${two(minutes)}:${two(seconds % 60)}`;
}

export class Zone {
  #clock;

  constructor(name) {
    const how = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
    this.#clock = new Intl.DateTimeFormat("en-GB", { ...how, timeZone: name });
  }

  time(at) {
    return this.#clock.format(at);
  }

  #minuteOfDay(at) {
    const [hours, minutes] = this.time(at).split(":").map(Number);
    return hours * 60 + minutes;
  }

  // The instant nearest to now that reads so on the clinic's clock, today, yesterday or tomorrow.
  instant(text, now) {
    if (!/^\d{2}:\d{2}/.test(text)) return null;
    const [hours, minutes] = text.split(":").map(Number);
    const wanted = hours * 60 + minutes;
    const whole = Math.floor(now / MINUTE_MS) * MINUTE_MS;
    const near = (base) => {
      const gap = (((wanted - this.#minuteOfDay(base) + 720 + 1440) % 1440) - 720) * MINUTE_MS;
      return base + gap;
    };
    return new Date(near(near(whole))); // twice: the clocks may have changed in between
  }
}

export function minuteWords(start, at) {
  if (!start) return "before the start";
  const minute = minutesSince(start, at);
  return minute < 0 ? `${-minute} min before` : `minute ${minute}`;
}

export function agoWords(at, now) {
  const minutes = Math.floor((now - at) / MINUTE_MS);
  if (minutes < 1) return "just now";
  return at < now - DAY_MS ? "more than a day ago" : `${minutes} min ago`;
}

// 2. Words of an entry that waits. The server's own replace them once it is taken.

// The words of a code stand in the sheets, where they are chosen.
function label(name, value) {
  const place = document.querySelector(`[data-code="${name}:${value}"]`);
  return place ? (place.dataset.words ?? place.textContent) : value;
}

const join = (...parts) => parts.filter(Boolean).join(", ");

const plain = (number) =>
  String(number)
    .replace(/(\.\d*?)0+$/, "$1")
    .replace(/\.$/, "");

const DOSES = { start: "drawn up", stop: "given in all" };

const WORDS = {
  reading: ({ systolic_mmhg: systolic, diastolic_mmhg: diastolic, ...rest }) =>
    join(
      (systolic || diastolic) && `BP ${systolic ?? "–"}/${diastolic ?? "–"}`,
      rest.heart_rate_bpm && `HR ${rest.heart_rate_bpm}`,
      rest.spo2_percent && `SpO2 ${rest.spo2_percent} %`,
      rest.respiratory_rate_per_min && `RR ${rest.respiratory_rate_per_min}`,
      ...["sedation", "dissociation", "pain", "nausea"].map(
        (name) => rest[name] !== undefined && `${name} ${rest[name]}`,
      ),
      rest.note,
    ),
  given: ({ dose_mg: dose, note }) => join(`${plain(dose)} mg given`, note),
  infusion: ({ action, dose_mg: dose, rate_ml_per_h: rate, note }) =>
    join(
      label("action", action),
      rate && `${plain(rate)} mL/h`,
      dose && `${plain(dose)} mg ${DOSES[action] ?? ""}`,
      note,
    ),
  dissociation: ({ mark, strength }) =>
    join(label("mark", mark), strength !== undefined && `${strength} of 10`),
  event: ({ term, other, grade, serious, actions = [], outcome, note }) =>
    join(
      term === "other" && other ? other : label("term", term),
      grade && `grade ${grade}`,
      serious !== undefined && (serious ? "serious" : "not serious"),
      ...actions.map((action) => label("actions", action)),
      outcome && label("outcome", outcome),
      note,
    ),
  note: ({ text }) => text,
  setting: (said) =>
    join(
      ...["intention", "mindset", "surroundings", "music"].map(
        (name) => said[name] && `${name}: ${said[name]}`,
      ),
    ),
  withdrawal: ({ reason }) => `Withdrawn: ${reason}`,
};

export const wordsOf = ({ kind, content, words }) => words ?? WORDS[kind]?.(content) ?? kind;
