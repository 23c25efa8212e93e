"""The courses on a scale parted by one thing, in one pass over their rows."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, cast

from sqlalchemy import ColumnElement, String, Table, and_, case, func, literal, select, true
from sqlalchemy import cast as cast_to

from tracker.domain.codes import Drug, Indication, Phase, Route, SessionState, Word
from tracker.domain.outcomes.definitions import OutcomeDefinitions
from tracker.domain.outcomes.selection import DoseBand, FailedTrials
from tracker.domain.outcomes.strata import COUNTED, STRATA_MAX, Dimension, Stratum, StratumCounts
from tracker.models.database import connection, plain_rows
from tracker.models.outcomes import CourseOutcomeRow
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.outcomes import selection

_ROWS = cast("Table", CourseOutcomeRow.__table__).c
_SESSIONS = cast("Table", TreatmentSession.__table__).c
_UNKNOWN = "Not recorded"
_WORDS: dict[Dimension, type[Word]] = {
    Dimension.INDICATION: Indication,
    Dimension.ROUTE: Route,
    Dimension.DRUG: Drug,
    Dimension.DOSE: DoseBand,
    Dimension.TRIED: FailedTrials,
    Dimension.PHASE: Phase,
}


def dimensions_of(used: OutcomeDefinitions) -> tuple[Dimension, ...]:
    """List what courses may be parted by: by clinician only where the clinic has said so."""
    return tuple(one for one in Dimension if one is not Dimension.CLINICIAN or used.by_clinician)


def strata(rows: ColumnElement[bool], dimension: Dimension, today: date) -> tuple[Stratum, ...]:
    """Count the courses among `rows` by one thing, in the order of its words."""
    part = _part(dimension).label("part")
    query = select(part, *columns(today)).where(rows).group_by(part).order_by(part)
    found = {row[0]: counts_of(row[1:]) for row in plain_rows(query.limit(STRATA_MAX))}
    words = _WORDS.get(dimension)
    order = [one.value for one in words] if words else []
    order += [one for one in found if one not in order]
    return tuple(found[one].stratum(_label(words, one)) for one in order if one in found)


def counts_of(told: Iterable[Any]) -> StratumCounts:
    """Read what `columns` selects; of no rows all is 0."""
    return StratumCounts(**dict(zip(COUNTED, (int(one or 0) for one in told), strict=True)))


def _label(words: type[Word] | None, one: Any) -> str:
    if one in (None, ""):
        return _UNKNOWN
    return words(one).label if words else str(one)


def columns(today: date) -> Iterator[ColumnElement[Any]]:
    """Give the sums of `StratumCounts`, in its order; `today` closes the windows."""
    entered, closes = _ROWS.is_entered == true(), _ROWS.window_closes_on
    conditions = {
        "on_scale": true(),
        "entered": entered,
        "waiting": and_(entered, _ROWS.outcome.is_(None), closes >= today),
        "observed": and_(entered, _ROWS.outcome.is_not(None)),
        "response_known": _ROWS.has_response.is_not(None),
        "response": _ROWS.has_response == true(),
        "remission_known": _ROWS.has_remission.is_not(None),
        "remission": _ROWS.has_remission == true(),
        "worse_known": _ROWS.is_worse.is_not(None),
        "worse": _ROWS.is_worse == true(),
    }
    return (func.sum(case((conditions[name], 1), else_=0)) for name in COUNTED)


def _part(dimension: Dimension) -> ColumnElement[Any]:
    if dimension is Dimension.DOSE:
        return case(*((selection.of_dose(one), literal(one.value)) for one in DoseBand))
    if dimension is Dimension.TRIED:
        return case(*((selection.of_tried(one), literal(one.value)) for one in FailedTrials))
    if dimension is Dimension.YEAR:
        return func.substr(cast_to(_ROWS.first_dose_on, String), 1, 4)
    if dimension is Dimension.CLINICIAN:
        return _first_recorder()
    column: ColumnElement[Any] = _ROWS[dimension.value]
    return column


def _first_recorder() -> ColumnElement[Any]:
    """Give who recorded the first session of a course.

    A day begins at another instant than that of UTC: a day more on each side finds the session in
    every zone, and no session of the course before, which ended weeks earlier.
    """
    is_sqlite = connection().dialect.name == "sqlite"
    began = func.date(_ROWS.first_dose_on, "-1 day") if is_sqlite else _ROWS.first_dose_on - 1
    return (
        select(_SESSIONS.recorded_by)
        .where(
            _SESSIONS.patient_id == _ROWS.patient_id,
            _SESSIONS.state == SessionState.COMPLETED.value,
            _SESSIONS.started_at >= began,
        )
        .order_by(_SESSIONS.started_at, _SESSIONS.id)
        .limit(1)
        .scalar_subquery()
    )
