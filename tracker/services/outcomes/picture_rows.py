"""What pictures need of each course, or of each session: one query each."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import cast

from sqlalchemy import Table, func, select

from tracker.domain.codes import Route, SessionState
from tracker.domain.outcomes.course_outcome import ChangeKind
from tracker.domain.outcomes.pictures import before_after, calendar
from tracker.domain.outcomes.pictures.before_after import RatedPair
from tracker.domain.outcomes.pictures.courses import Points
from tracker.domain.outcomes.pictures.dissociation import Told
from tracker.domain.outcomes.pictures.waterfall import Pair
from tracker.models.database import plain_rows
from tracker.models.outcomes import CourseOutcomeRow
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.outcomes.keeping import Basis
from tracker.services.outcomes.selection import Wanted

_ROWS = cast("Table", CourseOutcomeRow.__table__).c
_SESSIONS = cast("Table", TreatmentSession.__table__).c
_GIVEN = (SessionState.COMPLETED.value, SessionState.UNDER_WAY.value)


def by_route(rows: Wanted) -> dict[Route, list[Points]]:
    """Read the totals by week of those ill enough to count, by the route of their first dose."""
    query = select(_ROWS.route, _ROWS.by_week).where(rows, _ROWS.is_entered.is_(True))
    found: defaultdict[Route, list[Points]] = defaultdict(list)
    for route, points in plain_rows(query):
        found[Route(route)].append([(week, Decimal(total)) for week, total in points])
    return dict(found)


def pairs(rows: Wanted) -> Iterator[Pair]:
    """Count the pairs of baseline and outcome of those ill enough to count."""
    what = (_ROWS.baseline, _ROWS.outcome, _ROWS.change)
    query = (
        select(*what, func.count())
        .where(rows, _ROWS.is_entered.is_(True), _ROWS.outcome.is_not(None))
        .group_by(*what)
    )
    for before, after, kind, n in plain_rows(query):
        yield before, after, ChangeKind(kind) if kind else None, n


def dissociation(basis: Basis, rows: Wanted) -> Iterator[Told]:
    """Read of each course with a change how many minutes its sessions brought, on average."""
    minutes = _minutes_by_patient(basis)
    names = ("patient_id", "first_dose_on", "last_dose_on", "baseline", "outcome")
    query = select(*(_ROWS[name] for name in names)).where(
        rows, _ROWS.is_entered.is_(True), _ROWS.outcome.is_not(None)
    )
    for patient_id, first, last, before, after in plain_rows(query):
        told = [n for day, n in minutes.get(patient_id, ()) if first <= day <= last]
        if told:
            yield sum(told) / len(told), before, after


def _minutes_by_patient(basis: Basis) -> defaultdict[int, list[tuple[date, int]]]:
    began, ended = _SESSIONS.dissociation_onset_minute, _SESSIONS.dissociation_end_minute
    query = select(_SESSIONS.patient_id, _SESSIONS.started_at, ended - began).where(
        _SESSIONS.clinic_id == basis.clinic_id,
        _SESSIONS.state.in_(_GIVEN),
        _SESSIONS.started_at.is_not(None),
        ended >= began,
    )
    found: defaultdict[int, list[tuple[date, int]]] = defaultdict(list)
    for patient_id, at, minutes in plain_rows(query):
        found[patient_id].append((at.astimezone(basis.zone).date(), minutes))
    return found


def ratings(basis: Basis, name: str) -> list[RatedPair]:
    """Give the means of `mood` or `pain` before and after, by the number of the session."""
    before, after = _SESSIONS[f"{name}_before"], _SESSIONS[f"{name}_after"]
    query = (
        select(_SESSIONS.number, func.count(), func.sum(before), func.sum(after))
        .where(
            _SESSIONS.clinic_id == basis.clinic_id,
            _SESSIONS.state.in_(_GIVEN),
            _SESSIONS.number <= before_after.SESSIONS_MAX,
            before.is_not(None),
            after.is_not(None),
        )
        .group_by(_SESSIONS.number)
        .order_by(_SESSIONS.number)
    )
    return [
        RatedPair(number, n, float(start) / n, float(end) / n)
        for number, n, start, end in plain_rows(query)
    ]


def sessions_by_day(basis: Basis, today: date) -> Counter[date]:
    """Count the sessions that were given on each day of the last year, by the clinic's calendar."""
    first = datetime.combine(calendar.first_day(today), time(), basis.zone) - timedelta(days=1)
    query = select(_SESSIONS.started_at).where(
        _SESSIONS.clinic_id == basis.clinic_id,
        _SESSIONS.state.in_(_GIVEN),
        _SESSIONS.started_at >= first,
    )
    return Counter(at.astimezone(basis.zone).date() for at in plain_rows(query).scalars())
