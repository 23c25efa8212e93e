"""Days and times as other people's files write them.

A time without an offset is in the clinic's zone. Where clocks go forward the skipped hour does not
exist and is refused; where they go back the hour comes twice, and the first of the two is meant.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::\d{2})?", re.ASCII)

DATE_ORDERS = ("dmy", "mdy", "ymd")
NOON = time(12)

# Day 0 of spreadsheets: they count 29 February 1900, which never was.
_SPREADSHEET_EPOCH = datetime.combine(date(1899, 12, 30), time(0))
_SPREADSHEET_DAYS = (Decimal(10_000), Decimal(80_000))  # 1927 to 2119

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]+(.+))?", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})(?:,?\s+(.+))?", re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?:,?\s+(.+))?", re.ASCII)
_MONTH_FIRST = re.compile(
    r"([a-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(?:,?\s+(?:at\s+)?(.+))?", re.ASCII
)
_DAY_FIRST = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th)?[\s-]([a-z]{3,9})\.?,?[\s-](\d{4})(?:,?\s+(?:at\s+)?(.+))?", re.ASCII
)
_CLOCK = re.compile(
    r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?\s*([ap]\.?m\.?)?\s*(z|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
_SERIAL = re.compile(r"\d{5}(?:\.\d{1,12})?", re.ASCII)
_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
NOT_A_DATE = "This is not a date that can be read. Write it as 2026-03-02."


class Instant(NamedTuple):
    """A moment, aware and in UTC; where only the day is known it stands at the clinic's noon."""

    at: datetime
    time_known: bool


class _Parts(NamedTuple):
    day: date
    clock: str


def read_day(cell: str, *, order: str = "", full_year: bool = False) -> date:
    """Read a day; a time beside it is refused unless it is midnight, as spreadsheets add it.

    `order` is dmy, mdy or ymd, or empty where it is not known: then 3/4/2024 is refused.
    `full_year` refuses two-digit years: 30 may be 1930 or 2030 in a birth date.
    """
    day, clock = _split(cell, order, full_year)
    if clock and _clock(clock)[0] != time(0):
        raise ValueError("Give the day alone, without a time.")
    return day


def read_instant(cell: str, zone: ZoneInfo, *, order: str = "") -> Instant:
    """Read a day with or without a time into a moment."""
    day, clock = _split(cell, order, full_year=False)
    try:
        return _place(day, clock, zone)
    except OverflowError as error:  # the last evening of the year 9999
        raise ValueError(NOT_A_DATE) from error


def is_day_alone(cell: str) -> bool:
    """Say whether a cell gives a day, in whichever order, and no time beside it."""
    for order in ("dmy", "mdy"):
        try:
            return not _split(cell, order, full_year=False).clock
        except ValueError:
            continue
    return False


def _place(day: date, clock: str, zone: ZoneInfo) -> Instant:
    if not clock:
        return Instant(noon(day, zone), time_known=False)
    hour, offset = _clock(clock)
    if offset:
        zulu = "+00:00" if offset == "z" else offset
        at = datetime.fromisoformat(f"{day.isoformat()}T{hour.isoformat()}{zulu}")
        return Instant(at.astimezone(UTC), time_known=True)
    return Instant(local(datetime.combine(day, hour), zone), time_known=True)


def local(naive: datetime, zone: ZoneInfo) -> datetime:
    """Place a clock time in the zone, in UTC; refuse an hour that the clocks skipped."""
    aware = naive.replace(tzinfo=zone).astimezone(UTC)
    if aware.astimezone(zone).replace(tzinfo=None) != naive:
        raise ValueError("This time does not exist: the clocks went forward over it.")
    return aware


def noon(day: date, zone: ZoneInfo) -> datetime:
    """Give the clinic's noon of a day, in UTC: where a day without a time stands."""
    return datetime.combine(day, NOON, zone).astimezone(UTC)


def add_months(day: date, months: int) -> date:
    """Count calendar months on; the 31st becomes the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + month // 11, (month + 1) % 12 + 1, 1)
    last = (following - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))


def _split(cell: str, order: str, full_year: bool) -> _Parts:
    text = " ".join(cell.split())
    try:
        return (
            _numeric(text, order, full_year)
            or _named_month(text.lower())
            or _serial(text)
            or _refuse(NOT_A_DATE)
        )
    except OverflowError as error:
        raise ValueError(NOT_A_DATE) from error


def _numeric(text: str, order: str, full_year: bool) -> _Parts | None:
    if found := _ISO.fullmatch(text) or _YEAR_FIRST.fullmatch(text):
        year, month, day, clock = found.groups()
        return _Parts(_day(int(year), int(month), int(day)), clock or "")
    if not (found := _YEAR_LAST.fullmatch(text)):
        return None
    first, _, second, year, clock = found.groups()
    if len(year) == 2:
        if full_year:
            _refuse("Give the year in four digits: two may mean 19.. or 20..")
        year = f"20{year}"
    day, month = _by_order(int(first), int(second), order)
    return _Parts(_day(int(year), month, day), clock or "")


def _by_order(first: int, second: int, order: str) -> tuple[int, int]:
    if order == "dmy" or (not order and first > 12):
        return first, second
    if order == "mdy" or (not order and second > 12):
        return second, first
    if order == "ymd":
        _refuse("The file is said to write the year first, and this does not.")
    if first == second:
        return first, second
    raise ValueError("Day and month cannot be told apart. Say date_order = dmy or mdy.")


def _named_month(text: str) -> _Parts | None:
    if found := _MONTH_FIRST.fullmatch(text):
        month, day, year, clock = found.groups()
    elif found := _DAY_FIRST.fullmatch(text):
        day, month, year, clock = found.groups()
    else:
        return None
    numbers = [n for n, name in enumerate(_MONTHS, 1) if name.startswith(month)]
    if len(numbers) != 1 and month != "sept":
        _refuse(NOT_A_DATE)
    return _Parts(_day(int(year), numbers[0], int(day)), clock or "")


def _serial(text: str) -> _Parts | None:
    if not _SERIAL.fullmatch(text):
        return None
    days = Decimal(text)
    if not _SPREADSHEET_DAYS[0] <= days <= _SPREADSHEET_DAYS[1]:
        return None
    seconds = round(days * 86_400)
    at = _SPREADSHEET_EPOCH + timedelta(seconds=seconds)
    return _Parts(at.date(), at.time().isoformat() if "." in text else "")


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise ValueError("There is no such day in the calendar.") from error


def _clock(text: str) -> tuple[time, str]:
    found = _CLOCK.fullmatch(text.lower())
    if not found:
        raise ValueError("The time beside the day cannot be read. Write it as 09:30.")
    hour, minute, second, half, offset = found.groups()
    hours = int(hour)
    if half:
        if not 1 <= hours <= 12:
            raise ValueError("There is no such time of day.")
        hours = hours % 12 + (12 if half.startswith("p") else 0)
    try:
        return time(hours, int(minute), int(second or 0)), offset or ""
    except ValueError as error:
        raise ValueError("There is no such time of day.") from error


def _refuse(message: str) -> _Parts:
    raise ValueError(message)


def read_clock(text: str) -> time:
    """Read a time of day; raise ValueError that says how it is written."""
    found = _CLOCK.fullmatch(text.strip())
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        raise ValueError("Give the time of day as 09:30.")
    return time(int(found[1]), int(found[2]))


def write_clock(value: time | str) -> str:
    """Write a time of day as 09:30, as it comes from the table or from a database as text."""
    return value[:5] if isinstance(value, str) else f"{value:%H:%M}"
