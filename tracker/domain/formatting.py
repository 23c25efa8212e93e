"""Small phrases that sentences, tables and pictures share: numbers, days, doses."""

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from tracker.domain.codes import Drug, Route
from tracker.domain.progress.panels import IncompletePoint, SessionPoint

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
ROUTES_SHORT = {Route.NASAL: "Nasal", Route.ORAL: "Oral", Route.SUBLINGUAL: "SL"}


def number(value: Decimal | int) -> str:
    """Round a number to two digits, without needless zeros and with a true minus sign."""
    rounded = Decimal(value).quantize(Decimal("0.01"), ROUND_HALF_UP) + 0  # never -0
    return f"{rounded:f}".rstrip("0").rstrip(".").replace("-", "\u2212")


def in_full(value: Decimal) -> str:
    """Write a number in full, without needless zeros and with a true minus sign."""
    text = f"{value:f}"
    shorter = text.rstrip("0").rstrip(".") if "." in text else text
    return shorter.replace("-", "\N{MINUS SIGN}")


def short_day(day: date) -> str:
    """Write a day as `3 Mar`, whatever the locale of the machine."""
    return f"{day.day} {MONTHS[day.month - 1]}"


def full_day(day: date) -> str:
    """Write a day as `3 Mar 2026`."""
    return f"{short_day(day)} {day.year}"


def day_for(day: date, now: datetime) -> str:
    """Write a day, with the year where it is not the present one."""
    return short_day(day) if day.year == now.year else full_day(day)


def from_to(first: date, last: date, now: datetime) -> str:
    """Write two days, with both years where either is not the present one."""
    write = short_day if first.year == last.year == now.year else full_day
    return f"{write(first)} to {write(last)}"


def dose(point: SessionPoint) -> str:
    """Write what was given in as few characters as a tick has: `0.5`, or `56 mg`; '' if unknown.

    Nasal esketamine is dosed in fixed milligrams; elsewhere mg/kg is what compares.
    """
    fixed = point.drug is Drug.ESKETAMINE and point.route is Route.NASAL
    if point.dose_mg_per_kg is not None and not (fixed and point.dose_mg is not None):
        return number(point.dose_mg_per_kg)
    return "" if point.dose_mg is None else f"{number(point.dose_mg)} mg"


def route(point: SessionPoint) -> str:
    """Write the route as shortly as it stays clear."""
    return ROUTES_SHORT.get(point.route, point.route.value.upper())


def signed(value: Decimal) -> str:
    """Write a change to one decimal, with its sign."""
    rounded = value.quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"+{number(rounded)}" if rounded > 0 else number(rounded)


def times(count: int, noun: str) -> str:
    """Write a count with its noun: `1 session`, `2 sessions`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def lowered(label: str) -> str:
    """Write a label as it stands within a sentence; an abbreviation keeps its capitals."""
    return label if label[:2].isupper() else f"{label[:1].lower()}{label[1:]}"


def incomplete(point: IncompletePoint) -> str:
    """Write how much of a questionnaire was answered: `incomplete, 7 of 9 answered`."""
    return (
        f"incomplete, {point.answered} of {point.asked} answered" if point.asked else "incomplete"
    )
