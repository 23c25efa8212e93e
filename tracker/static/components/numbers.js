// Numbers as people type them: read as strictly as the server does (domain/parsing.py), and
// exactly. Binary fractions would sometimes round otherwise.

const NUMBER = /^\+?(\d{1,9})(?:[.,](\d{0,4}))?$/;
// 1.234 is a thousand and more to one reader and one and a bit to the next; 0.234 is clear to both.
const TWO_READINGS = /^[+-]?([1-9]\d{0,2})[.,](\d{3})$/;

// What is wrong with a number that can be read two ways; "" where it cannot.
export function ambiguity(text) {
  const [typed, whole, part] = TWO_READINGS.exec(text.trim()) ?? [];
  return typed
    ? `${typed} could be read two ways. Write ${whole}${part} or ${whole}.${part}0.`
    : "";
}

// `digits` as a whole number, of which `places` stand after the point; null for what the server
// would refuse.
export function readNumber(text) {
  const match = NUMBER.exec(text.trim());
  if (!match || ambiguity(text)) return null;
  const [, whole, part = ""] = match;
  return {
    digits: BigInt(whole + part),
    places: BigInt(part.length),
    text: withoutZeros(part ? `${whole}.${part}` : whole),
  };
}

export const isSome = (number) => Boolean(number) && number.digits > 0n;

// A fraction to so many digits after the point, half up.
export function roundHalfUp(numerator, denominator, places) {
  const scaled = (2n * numerator * 10n ** places + denominator) / (2n * denominator);
  const digits = String(scaled).padStart(Number(places) + 1, "0");
  return `${digits.slice(0, -Number(places))}.${digits.slice(-Number(places))}`;
}

export const divide = (one, other, places) =>
  roundHalfUp(one.digits * 10n ** other.places, other.digits * 10n ** one.places, places);

export const multiply = (one, other, places) =>
  roundHalfUp(one.digits * other.digits, 10n ** (one.places + other.places), places);

// 0070.50 is 70.5, and 37.125 is 37.1250: whatever is written can be typed as it stands, as
// domain/parsing.py (write_decimal) has it.
export function withoutZeros(text) {
  const whole = text.replace(/^0+(?=\d)/, "");
  const shorter = whole.includes(".") ? whole.replace(/\.?0+$/, "") : whole;
  return TWO_READINGS.test(shorter) ? `${shorter}0` : shorter;
}

// 1 entry, 2 entries
export const plural = (count, one, many) => `${count} ${count === 1 ? one : many}`;
