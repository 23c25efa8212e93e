"""Rows of the report in words, for a document."""

from tracker.domain.outcomes import text
from tracker.domain.outcomes.proportion import Proportion
from tracker.domain.outcomes.reports.rows import (
    COURSES,
    DAYS,
    PERCENT,
    SIZE,
    WITH_MISSING,
    ReportRow,
)

_PLACES = {
    "Mean total by session": "Mean total, session {}",
    "Mean total by week": "Mean total, week {}",
    "Not in response yet": "Not in response yet, day {}",
    "Response kept": "Response kept, day {}",
    "Courses with so many doses": "Courses of so many doses: {}",
}


def label(row: ReportRow) -> str:
    """Say what a figure is, and of which session, week or day."""
    if row.place is not None:
        return _PLACES[row.figure].format(row.place)
    return f"{row.figure}, missing as without" if row.of_whom == WITH_MISSING else row.figure


def value(row: ReportRow) -> str:
    """Write a figure with its counts and its interval, or why there is none."""
    told = _figure(row)
    if not told or not row.of:
        return row.note or told
    return f"{told} ({row.note})" if row.note else told


def _figure(row: ReportRow) -> str:
    if row.unit == PERCENT and row.n is not None and row.of is not None:
        # The least is asked for where the row is made: here it has its value, or not.
        least = 0 if row.value is not None else row.of + 1
        return text.share(Proportion(row.n, row.of), least)
    if row.unit == COURSES and row.n is not None:
        return str(row.n) if row.of in (None, row.n) else f"{row.n} of {row.of}"
    if row.value is None:
        return ""
    return f"{_number(row)}{_ends(row)}{_of(row)}"


def _number(row: ReportRow) -> str:
    assert row.value is not None  # noqa: S101 - asked before
    if row.unit == PERCENT:
        return f"{text.percent(row.value / 100)} %"
    if row.unit == DAYS:
        return f"day {row.value:.0f}"
    if row.unit == SIZE:
        return f"{row.value:.2f}".replace("-", "\N{MINUS SIGN}")
    return text.tenths(row.value)


def _ends(row: ReportRow) -> str:
    if row.low is None or row.high is None:
        return ""
    if row.unit == PERCENT:
        return f" ({text.percent(row.low / 100)} to {text.percent(row.high / 100)})"
    return f" ({text.tenths(row.low)} to {text.tenths(row.high)})"


def _of(row: ReportRow) -> str:
    if row.n is not None:
        return f", n = {row.n}" if row.of is None else f", {row.n} of {row.of}"
    return "" if row.of is None else f", {row.of} followed"
