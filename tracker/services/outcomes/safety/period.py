"""Which sessions count, and of which month each is by the clinic's own calendar."""

from datetime import date, datetime, time
from typing import Any, cast
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy import ColumnElement, Table, and_, case

from tracker.domain.codes import Drug, Route, SessionState
from tracker.models.treatment_sessions import TreatmentSession

HELD = cast("Table", TreatmentSession.__table__).c
MONTHS_MAX = 36  # what a picture holds; of a longer period only the last ones are told by month


class SafetySelection(Struct, frozen=True, kw_only=True):
    """Which sessions are counted; days are those on which they were sessions_of, both included."""

    since: date | None = None
    until: date | None = None
    route: Route | None = None
    drug: Drug | None = None


class Period(Struct, frozen=True, kw_only=True):
    """The first days of some months, and the whole span from the first day to before the last."""

    months: tuple[date, ...]
    since: date
    until: date
    zone: ZoneInfo

    def month_of(self, at: ColumnElement[Any]) -> ColumnElement[Any]:
        """Give the place of an instant's month; what is before the first one told is -1."""
        ends = [(at < self._begins(month), number) for number, month in enumerate(self.months, -1)]
        return case(*ends, else_=len(self.months) - 1)

    def holds(self, at: ColumnElement[Any]) -> ColumnElement[bool]:
        """Say whether an instant is of the period."""
        return and_(at >= self._begins(self.since), at < self._begins(self.until))

    def _begins(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone)


def first_of_month(day: date, months: int = 0) -> date:
    """Give the first day of the month so many months later."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, 1)


def period(chosen: SafetySelection, today: date, zone: ZoneInfo, *, usual_months: int) -> Period:
    """Tell the months of what is chosen, which ends today; without a first day the last few."""
    until = min(chosen.until or today, today)
    since = chosen.since or first_of_month(until, 1 - usual_months)
    since = min(since, until)
    months = [first_of_month(until)]
    while months[-1] > since and len(months) < MONTHS_MAX:
        months.append(first_of_month(months[-1], -1))
    return Period(
        months=tuple(reversed(months)),
        since=since,
        until=date.fromordinal(until.toordinal() + 1),
        zone=zone,
    )


def sessions_of(clinic_id: int, chosen: SafetySelection, asked: Period) -> ColumnElement[bool]:
    """Say which sessions count: sessions_of, and not struck out."""
    clauses = [
        HELD.clinic_id == clinic_id,
        HELD.state == SessionState.COMPLETED.value,
        asked.holds(HELD.started_at),
    ]
    clauses += (
        HELD[name] == word.value
        for name in ("route", "drug")
        if (word := getattr(chosen, name)) is not None
    )
    return and_(*clauses)
