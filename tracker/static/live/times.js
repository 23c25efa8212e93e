// Times of the clinic. Minutes count from the start, by UTC, so that a change of the clocks changes
// nothing.

import { Clock } from "../components/clock.js";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const HALF_DAY = 12 * 60; // in minutes

const two = (number) => String(number).padStart(2, "0");

export const minutesSince = (start, at) => Math.floor((at - start) / MINUTE_MS);

// mm:ss in the first hour, h:mm:ss after it.
export function elapsed(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = `${two(minutes)}:${two(seconds % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}

export class Zone extends Clock {
  #minuteOfDay(at) {
    const [hours, minutes] = this.typed(at).split(":").map(Number);
    return hours * 60 + minutes;
  }

  // The instant nearest to now that reads so on the clinic's clock, today, yesterday or tomorrow.
  instant(text, now) {
    if (!/^\d{2}:\d{2}/.test(text)) return null;
    const [hours, minutes] = text.split(":").map(Number);
    const wanted = hours * 60 + minutes;
    const whole = Math.floor(now / MINUTE_MS) * MINUTE_MS;
    const near = (base) => {
      const ahead = wanted - this.#minuteOfDay(base) + 3 * HALF_DAY;
      return base + ((ahead % (2 * HALF_DAY)) - HALF_DAY) * MINUTE_MS;
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

// The minute of an entry, as the log has it.
export function minute(start, at) {
  if (!start) return "before";
  const since = minutesSince(start, at);
  return `${since < 0 ? "\u2212" : ""}${Math.abs(since)} min`;
}
