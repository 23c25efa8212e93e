// Days and times of day as a clinic types them, the same as tracker/domain/date_format.py reads
// and writes them. Here they go to and from what the browser's own pickers hold: ISO texts.

const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const MINUTE_MS = 60_000;
const [FIRST, LAST] = [1900, 2200];
const NUMBERS = /^(\d{1,2})([-./])(\d{1,2})\2(\d{4})$/;
const WORDS = [
  [/^(\d{1,2})\.? ?(\p{L}{3,9})\.?(?:,? ?(\d{4}))?$/u, 1, 2],
  [/^(\p{L}{3,9})\.? ?(\d{1,2})(?:,? (\d{4}))?$/u, 2, 1],
];
const TIME = /^(\d{1,2})(?:[:.]?([0-5]\d))?(?::([0-5]\d))?(?: ?([ap])\.?m\.?)?$/i;
const HALF_OPEN = /^[1-9][:.]?[0-5]\d$/;

export const NO_TIME = "Give a time of day, such as 14:30 or 2:30 pm.";

const two = (number) => String(number).padStart(2, "0");

// The ISO day, or "" where there is no such day, or it is not clear yet. A day without its year is
// the one nearest to today.
export function readDay(text, order, today = isoToday()) {
  const plain = text.trim().replace(/\s+/g, " ");
  let found = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(plain);
  if (found) return isoDay(...found.slice(1).map(Number));
  found = NUMBERS.exec(plain);
  if (found) {
    const [first, second, year] = [found[1], found[3], found[4]].map(Number);
    return order === "month-first" ? isoDay(year, first, second) : isoDay(year, second, first);
  }
  for (const [pattern, day, month] of WORDS) {
    found = pattern.exec(plain);
    if (found) return inWords(Number(found[day]), found[month], found[3], today);
  }
  return "";
}

function inWords(day, word, year, today) {
  const month = MONTHS.indexOf(word.slice(0, 3).toLowerCase()) + 1;
  if (year) return isoDay(Number(year), month, day);
  const far = (iso) => Math.abs(Date.parse(iso) - Date.parse(today));
  const days = [-1, 0, 1].map((step) => isoDay(Number(today.slice(0, 4)) + step, month, day));
  return days.filter(Boolean).sort((one, other) => far(one) - far(other))[0] ?? "";
}

function isoDay(year, month, day) {
  if (year < FIRST || year > LAST || month < 1 || month > 12 || day < 1 || day > 31) return "";
  const iso = `${year}-${two(month)}-${two(day)}`;
  return new Date(Date.UTC(year, month - 1, day)).toISOString().startsWith(iso) ? iso : "";
}

function isoToday() {
  const now = new Date();
  return new Date(now - now.getTimezoneOffset() * MINUTE_MS).toISOString().slice(0, 10);
}

export function writeDay(iso, order) {
  const [year, month, day] = iso.split("-");
  return order === "month-first" ? `${month}/${day}/${year}` : `${day}/${month}/${year}`;
}

// Hours and minutes of a clock of 24 hours, with seconds where there are any; "" where unclear.
export function readTime(text, hours) {
  const plain = text.trim();
  const found = TIME.exec(plain);
  if (!found || (hours === "12-hour" && HALF_OPEN.test(plain))) return "";
  const [, hour, minute, second, half] = found;
  let number = Number(hour);
  if (half) {
    if (number < 1 || number > 12) return "";
    number = (number % 12) + (half.toLowerCase() === "p" ? 12 : 0);
  } else if (minute === undefined) return "";
  const seconds = Number(second ?? 0) ? `:${second}` : "";
  return number > 23 ? "" : `${two(number)}:${minute ?? "00"}${seconds}`;
}

export function writeTime(iso, hours) {
  if (hours !== "12-hour") return iso;
  const [hour, ...rest] = iso.split(":");
  const number = Number(hour);
  return `${number % 12 || 12}:${rest.join(":")} ${number < 12 ? "AM" : "PM"}`;
}
