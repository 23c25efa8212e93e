// Times of day as the clinic writes them, in its zone and by 12 or 24 hours: the one place where a
// script does, as domain/date_format.py does for the pages. tests/journeys/test_parity.py holds the
// two equal.

const TWO = "2-digit";

export class Clock {
  #parts;
  #is12;

  // `hours` is "12-hour" or "24-hour", as web/filters.py tells; without a zone it is the browser's.
  constructor(zone, hours) {
    const how = { hour: TWO, minute: TWO, second: TWO, hourCycle: "h23" };
    this.#parts = new Intl.DateTimeFormat("en-GB", { ...how, ...(zone && { timeZone: zone }) });
    this.#is12 = hours === "12-hour";
  }

  // `14:30` or `2:30 PM`.
  time(at) {
    return this.#words(this.typed(at));
  }

  // `14:30:05` or `2:30:05 PM`.
  timeWithSeconds(at) {
    return this.#words(this.#parts.format(at));
  }

  // `14:30`, whatever the clinic's clock: as scripts and the server pass it on.
  typed(at) {
    return this.#parts.format(at).slice(0, 5);
  }

  #words(text) {
    if (!this.#is12) return text;
    const [hours, ...rest] = text.split(":");
    return `${[Number(hours) % 12 || 12, ...rest].join(":")} ${Number(hours) < 12 ? "AM" : "PM"}`;
  }
}
