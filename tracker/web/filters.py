"""Filters that show stored values to people: days, times and numbers, in the clinic's time zone."""

import re
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal

from flask import Flask, g

from tracker.domain import age as age_rules
from tracker.domain import date_format, formatting, weights
from tracker.domain.codes import WeightUnit, Word

NOT_RECORDED = "not recorded"
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def zone() -> tzinfo:
    """Give the zone of the clinic that the present request is in."""
    clinic = g.get("clinic")
    return UTC if clinic is None else clinic.zone


def _here(value: date) -> date:
    """Bring an instant into the clinic's zone; a day stays what it is."""
    return value.astimezone(zone()) if isinstance(value, datetime) else value


def day(value: date | None, missing: str = NOT_RECORDED) -> str:
    """Write a day, or the day of an instant in the clinic, as `3 Mar 2026`."""
    return missing if value is None else formatting.full_day(_here(value))


def near_day(value: date | None, today: date, missing: str = NOT_RECORDED) -> str:
    """Write a day as `3 Mar`, with the year where it is not this one."""
    if value is None:
        return missing
    here = _here(value)
    return formatting.short_day(here) if here.year == today.year else formatting.full_day(here)


def weekday(value: date | None, missing: str = NOT_RECORDED) -> str:
    """Write a day with its weekday, as `Tue 3 Mar 2026`."""
    if value is None:
        return missing
    here = _here(value)
    return f"{WEEKDAYS[here.weekday()]} {formatting.full_day(here)}"


def time_of_day(value: datetime | time | None, missing: str = NOT_RECORDED) -> str:
    """Write the clinic's time of an instant, or a time of its day, as `09:30`."""
    if value is None:
        return missing
    return formatting.time_of_day(value if isinstance(value, time) else value.astimezone(zone()))


def moment(value: datetime | None, missing: str = NOT_RECORDED) -> str:
    """Write an instant as `3 Mar 2026, 09:30`, in the clinic's time."""
    return missing if value is None else f"{day(value)}, {time_of_day(value)}"


def until(value: datetime | None, missing: str = NOT_RECORDED) -> str:
    """Write until when something can be done: `Tue 3 Mar 2026, 20:00`, or the end of a day."""
    return missing if value is None else formatting.until(value.astimezone(zone()), weekday)


def opening(value: datetime) -> str:
    """Write from when something can be done: a day, and its time where it is not the whole day."""
    here = value.astimezone(zone())
    return (
        weekday(value) if here.time() == time.min else f"{weekday(value)} at {time_of_day(value)}"
    )


def number(value: Decimal | int | None, missing: str = NOT_RECORDED) -> str:
    """Write a number in full but without needless zeros: 0.50 is `0.5`, 1E+1 is `10`."""
    if value is None:
        return missing
    return formatting.in_full(Decimal(value))


def weight_typed(value: Decimal | None, unit: WeightUnit | None = None) -> str:
    """Write a weight as it is typed in its unit; nothing where there is none."""
    shown = weights.in_unit(value, unit)
    if shown is None:
        return ""
    text = format(shown, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def weight_hint(value: Decimal | None, unit: WeightUnit | None = None) -> str:
    """Write the last weight as it stands grey in an empty field: rounded, with its own unit."""
    return "" if value is None else weights.words(value, unit).split(" (")[0]


def weight(
    value: Decimal | None, unit: WeightUnit | None = None, missing: str = NOT_RECORDED
) -> str:
    """Write a weight in kilograms and pounds, what it was typed in first."""
    return missing if value is None else weights.words(value, unit)


def label(value: Word | None, missing: str = NOT_RECORDED) -> str:
    """Write a coded word as people read it."""
    return missing if value is None else value.label


def age(birth_date: date | None, on: date, missing: str = NOT_RECORDED) -> str:
    """Write how old somebody is on a day, as `45 years`."""
    if birth_date is None:
        return missing
    years = age_rules.years(birth_date, on)
    return "1 year" if years == 1 else f"{years} years"


def example_day() -> str:
    """Show how a day is typed in the clinic."""
    return date_format.current().example


def hour_format() -> str:
    """Tell a script how the clinic counts the hours of a day."""
    return date_format.current().hours.value


# What stands in a page where something asks to be looked at: a field that is wrong or unusual, and
# the words beside it. Typed text cannot look so, for its quotation marks are escaped.
_POINTS = re.compile(
    r'class="[^"]*\bfaulty\b|aria-invalid="true"|data-unusual=""|class="(?:said|remark)"'
)


def pointed_at(markup: str) -> bool:
    """Say whether something in a part of a page asks to be looked at: it is never folded away."""
    return _POINTS.search(markup) is not None


def init_app(app: Flask) -> None:
    """Give the filters to every template. What is missing says so; the template may say how."""
    for show in (
        day,
        near_day,
        weekday,
        moment,
        until,
        opening,
        time_of_day,
        number,
        weight,
        weight_typed,
        weight_hint,
        label,
        age,
    ):
        app.add_template_filter(show)
    app.add_template_test(pointed_at)
    for tell in (example_day, hour_format):
        app.add_template_global(tell)
