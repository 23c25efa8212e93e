"""Small phrases that sentences, tables and pictures share: numbers, days, doses."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

from tracker.domain import date_format
from tracker.domain.parsing import MINUS, write_decimal


def number(value: Decimal | int) -> str:
    """Round a number to two digits, without needless zeros and with a true minus sign."""
    rounded = Decimal(value).quantize(Decimal("0.01"), ROUND_HALF_UP) + 0  # never -0
    return f"{rounded:f}".rstrip("0").rstrip(".").replace("-", MINUS)


def in_full(value: Decimal) -> str:
    """Write a number in full, without needless zeros and with a true minus sign.

    Typed as it stands, it is read as the same number: that is why 37.125 is written 37.1250.
    """
    return write_decimal(value).replace("-", MINUS)


def short_day(day: date) -> str:
    """Write a day as `3 Mar`, or as the clinic does, whatever the locale of the machine."""
    return date_format.current().short_day(day)


def full_day(day: date) -> str:
    """Write a day as `3 Mar 2026`, or as the clinic does."""
    return date_format.current().full_day(day)


def time_of_day(at: time | datetime) -> str:
    """Write a time of day as `09:30`, or as the clinic does; of an instant, in its own zone."""
    return date_format.current().time_of_day(at.timetz() if isinstance(at, datetime) else at)


def until(at: datetime, write_day: Callable[[date], str] = full_day) -> str:
    """Write until when something can be done, `at` being in the clinic's zone.

    A midnight is the end of the day before: nobody reads "until 4 March, 00:00" as the 3rd.
    """
    if at.time() == time():
        return f"the end of {write_day(at.date() - timedelta(days=1))}"
    return f"{write_day(at.date())}, {time_of_day(at)}"


def day_for(day: date, now: datetime) -> str:
    """Write a day, with the year where it is not the present one."""
    return short_day(day) if day.year == now.year else full_day(day)


def from_to(first: date, last: date, now: datetime) -> str:
    """Write two days, with both years where either is not the present one."""
    write = short_day if first.year == last.year == now.year else full_day
    return f"{write(first)} to {write(last)}"


def with_sign(value: Decimal) -> str:
    """Write a change to one decimal, with its sign."""
    rounded = value.quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"+{number(rounded)}" if rounded > 0 else number(rounded)


def days_ago(days: int) -> str:
    """Write how long ago a day was: `today`, `yesterday`, `5 days ago`."""
    if days <= 0:
        return "today"
    return "yesterday" if days == 1 else f"{days} days ago"


def times(count: int, noun: str) -> str:
    """Write a count with its noun: `1 session`, `2 sessions`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def lower_first(label: str) -> str:
    """Write a label as it stands within a sentence; an abbreviation keeps its capitals."""
    return label if label[:2].isupper() else f"{label[:1].lower()}{label[1:]}"
