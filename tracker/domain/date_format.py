"""How a clinic writes days and times of day, and reads them where somebody types one.

What a request or a command writes is in the format of its clinic: `using` sets it, and `formatting`
writes by it. A day typed as year-month-day is read everywhere.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, time
from typing import Any, Self

from msgspec import Struct

from tracker.domain.codes import Word

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_NUMBERS = re.compile(r"([0-9]{1,2})([-./])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})")
_DAY_MONTH = re.compile(r"([0-9]{1,2})\.? ?([^\W\d_]{3,9})\.?,? ?([0-9]{4})")
_MONTH_DAY = re.compile(r"([^\W\d_]{3,9})\.? ?([0-9]{1,2}),? ([0-9]{4})")
_DAY_MONTH_ONLY = re.compile(r"([0-9]{1,2})\.? ?([^\W\d_]{3,9})\.?")
_MONTH_DAY_ONLY = re.compile(r"([^\W\d_]{3,9})\.? ?([0-9]{1,2})")
_TIME = re.compile(
    r"([0-9]{1,2})(?:[:.]?([0-5][0-9]))?(?::([0-5][0-9]))?(?: ?([ap])\.?m\.?)?", re.IGNORECASE
)


class DayOrder(Word):
    """What stands first in a day."""

    DAY_FIRST = "day-first", "Day first: 27 Mar 2026, typed 27/03/2026"
    MONTH_FIRST = "month-first", "Month first: Mar 27, 2026, typed 03/27/2026"


class HourFormat(Word):
    """How a clock counts its hours."""

    TO_24 = "24-hour", "24 hours: 14:30"
    TO_12 = "12-hour", "12 hours: 2:30 PM"


class DateFormat(Struct, frozen=True, kw_only=True):
    """How days and times are written."""

    days: DayOrder = DayOrder.DAY_FIRST
    hours: HourFormat = HourFormat.TO_24

    @classmethod
    def read(cls, settings: Mapping[str, Any]) -> Self:
        """Read what a clinic has set; what is not there, or unknown, keeps its default."""
        days, hours = settings.get("day_order"), settings.get("hour_format")
        return cls(
            days=DayOrder(days) if days in list(DayOrder) else DayOrder.DAY_FIRST,
            hours=HourFormat(hours) if hours in list(HourFormat) else HourFormat.TO_24,
        )

    @property
    def example(self) -> str:
        """Show how a day is typed, by one that can be read in no other way."""
        return self.typed_day(date(1980, 3, 27))

    @property
    def typed_order(self) -> str:
        """Say in which order a day is typed."""
        return "Day/month/year" if self.days is DayOrder.DAY_FIRST else "Month/day/year"

    def short_day(self, day: date) -> str:
        """Write a day without its year."""
        month = MONTHS[day.month - 1]
        return f"{day.day} {month}" if self.days is DayOrder.DAY_FIRST else f"{month} {day.day}"

    def full_day(self, day: date) -> str:
        """Write a day with its year."""
        comma = "" if self.days is DayOrder.DAY_FIRST else ","
        return f"{self.short_day(day)}{comma} {day.year}"

    def typed_day(self, day: date) -> str:
        """Write a day with its year as numbers, as it is typed."""
        first, second = (day.day, day.month)
        if self.days is DayOrder.MONTH_FIRST:
            first, second = second, first
        return f"{first:02}/{second:02}/{day.year}"

    def time_of_day(self, at: time) -> str:
        """Write a time of day, without its seconds."""
        if self.hours is HourFormat.TO_24:
            return f"{at:%H:%M}"
        return f"{at.hour % 12 or 12}:{at:%M} {'AM' if at.hour < 12 else 'PM'}"

    def typed_time(self, at: time) -> str:
        """Write a time of day as it is typed, with its seconds where it has any."""
        if not at.second:
            return self.time_of_day(at)
        hours, _, half = self.time_of_day(at).partition(" ")
        return f"{hours}:{at:%S} {half}".rstrip()

    def read_time(self, text: str) -> time:
        """Read a time of day; ValueError where a clock of 12 hours leaves the half of day open.

        Two digits of the hour are a clock of 24 hours, as programs and browsers send it.
        """
        at = read_time(text)
        if self.hours is HourFormat.TO_12 and _HALF_OPEN.fullmatch(text.strip()):
            raise ValueError(f"Say AM or PM, such as {self.time_of_day(at)}.")
        return at

    def read_day(self, text: str, *, latest: date | None = None, near: date | None = None) -> date:
        """Read a day: in the clinic's order, with the month in letters, or year-month-day.

        Two digits of a year are those of the last such year up to `latest`, and without it no year.
        `3 Apr` is the one nearest to `near`, and without it no day. Raises ValueError, with words
        for people.
        """
        plain = " ".join(text.split())
        for day in self._readings(plain, latest, near):
            if not FIRST_DAY <= day <= LAST_DAY:
                raise ValueError("Give a day between the years 1900 and 2200.")
            return day
        if latest is None and (found := _NUMBERS.fullmatch(plain)) and len(found[4]) == len("26"):
            raise ValueError(f"Write all four digits of the year, such as {self.example}.")
        raise ValueError(f"Give a day of the calendar, such as {self.example} or 1980-03-27.")

    def _readings(self, text: str, latest: date | None, near: date | None) -> Iterator[date]:
        """Yield the first reading that there is such a day of."""
        if found := _ISO.fullmatch(text):
            year, month, day = map(int, found.groups())
            yield from _day(year, month, day)
        elif found := _NUMBERS.fullmatch(text):
            first, second, year = int(found[1]), int(found[3]), _year(found[4], latest)
            if self.days is DayOrder.DAY_FIRST:
                first, second = second, first
            yield from _day(year, first, second)
        elif found := _DAY_MONTH.fullmatch(text):
            yield from _day(int(found[3]), _month(found[2]), int(found[1]))
        elif found := _MONTH_DAY.fullmatch(text):
            yield from _day(int(found[3]), _month(found[1]), int(found[2]))
        elif near is not None and (found := _DAY_MONTH_ONLY.fullmatch(text)):
            yield from _nearest(_month(found[2]), int(found[1]), near)
        elif near is not None and (found := _MONTH_DAY_ONLY.fullmatch(text)):
            yield from _nearest(_month(found[1]), int(found[2]), near)


def read_time(text: str) -> time:
    """Read a time of day: `14:30`, `1430`, `2:30 pm`; ValueError, with words, for anything else."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise ValueError(_NO_TIME)
    hour, minute, second, half = found.groups()
    if half is None and minute is None:
        raise ValueError(_NO_TIME)
    number = int(hour)
    if half is not None:
        if not 1 <= number <= 12:
            raise ValueError(_NO_TIME)
        number = number % 12 + (12 if half in "pP" else 0)
    if number > 23:
        raise ValueError(_NO_TIME)
    return time(number, int(minute or 0), int(second or 0))


# 2:30 on a clock of 12 hours: nobody knows which half of the day.
_HALF_OPEN = re.compile(r"[1-9][:.]?[0-5][0-9]")
_NO_TIME = "Give a time of day from 00:00 to 23:59, or such as 2:30 pm."


def _day(year: int, month: int, day: int) -> Iterator[date]:
    try:
        yield date(year, month, day)
    except ValueError:
        return


def _nearest(month: int, day: int, near: date) -> Iterator[date]:
    years = (near.year - 1, near.year, near.year + 1)
    days = [one for year in years for one in _day(year, month, day)]
    if days:
        yield min(days, key=lambda one: abs(one - near))


def _year(text: str, latest: date | None) -> int:
    if len(text) == 4 or latest is None:
        return int(text) if len(text) == 4 else 0
    year = latest.year - latest.year % 100 + int(text)
    return year if year <= latest.year else year - 100


def _month(word: str) -> int:
    short = word[:3].capitalize()
    return MONTHS.index(short) + 1 if short in MONTHS else 0


_USUAL = DateFormat()
_current: ContextVar[DateFormat] = ContextVar("date_format", default=_USUAL)


def current() -> DateFormat:
    """Tell the format that is written now."""
    return _current.get()


def using(chosen: DateFormat) -> None:
    """Write in this format from now on, in this request or command."""
    _current.set(chosen)


@contextmanager
def write_in(chosen: DateFormat) -> Iterator[None]:
    """Write in this format for a while: one letter of many, each of its own clinic."""
    before = _current.set(chosen)
    try:
        yield
    finally:
        _current.reset(before)
