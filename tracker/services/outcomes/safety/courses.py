"""Counts of courses by what was given: whole inductions, how they ended, doses in all."""

from datetime import timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, and_, case, func, select

from tracker.domain.codes import Drug, Route, SeriesState
from tracker.domain.outcomes.course_outcome import NO_SCALE
from tracker.domain.outcomes.definitions import OutcomeDefinitions
from tracker.domain.outcomes.safety.completion import Completion, DoseTotal, completion
from tracker.domain.outcomes.safety.quartiles import Quartiles
from tracker.domain.outcomes.selection import Selection
from tracker.models.database import plain_rows
from tracker.models.outcomes import CourseOutcomeRow
from tracker.models.series import Series
from tracker.services.outcomes import selection
from tracker.services.outcomes.safety.period import Period, SafetySelection

_ROWS = cast("Table", CourseOutcomeRow.__table__).c
_SERIES = cast("Table", Series.__table__).c
REASONS_MAX = 12


def complete(
    clinic_id: int, chosen: SafetySelection, asked: Period, definitions: OutcomeDefinitions
) -> Completion:
    """Count the courses whose first dose is of the period, and the series that it saw stopped."""
    picked = Selection(
        everything=True,
        since=asked.since,
        until=asked.until - timedelta(days=1),
        route=chosen.route,
        drug=chosen.drug,
    )
    rows = selection.rows_of(clinic_id, NO_SCALE, picked, definitions)
    whole = selection.rows_of(
        clinic_id, NO_SCALE, Selection(everything=True, whole_induction=True), definitions
    )
    ends: dict[SeriesState | None, int] = {}
    doses: dict[int, int] = {}
    inductions = 0
    grouped = (
        select(_ROWS.state, _ROWS.doses, func.count(), func.sum(case((whole, 1), else_=0)))
        .where(rows)
        .group_by(_ROWS.state, _ROWS.doses)
    )
    for state, given, n, complete_ones in plain_rows(grouped):
        end = SeriesState(state) if state else None
        ends[end] = ends.get(end, 0) + n
        doses[given] = doses.get(given, 0) + n
        inductions += int(complete_ones)
    reasons, others = _reasons(clinic_id, chosen, asked)
    return completion(
        whole=inductions,
        ends=ends,
        doses=doses,
        totals=tuple(_totals(rows)),
        reasons=reasons,
        other_reasons=others,
    )


def _totals(rows: ColumnElement[bool]) -> Any:
    """Give the quartiles of the doses in all: the database ranks, and hands only those out.

    Between two values linearly, as `quartiles` has it.
    """
    known = _ROWS.total_mg.is_not(None)
    by = (_ROWS.drug, _ROWS.route)
    ranked = (
        select(
            *by,
            _ROWS.total_mg.label("mg"),
            (func.row_number().over(partition_by=by, order_by=_ROWS.total_mg) - 1).label("rank"),
            func.count().over(partition_by=by).label("n"),
        )
        .where(rows, known)
        .subquery()
        .c
    )
    # The two ranks about each quartile: 4 times a rank is below 4 from a multiple of n - 1.
    apart = [4 * ranked.rank - part * (ranked.n - 1) for part in (1, 2, 3)]
    near = [and_(one > -4, one < 4) for one in apart]
    wanted = select(ranked.drug, ranked.route, ranked.n, ranked.rank, ranked.mg).where(
        near[0] | near[1] | near[2]
    )
    found: dict[tuple[str, str], tuple[int, dict[int, float]]] = {}
    for drug, route, n, rank, mg in plain_rows(wanted):
        found.setdefault((drug, route), (n, {}))[1][rank] = float(mg)
    every = select(*by, func.sum(case((known, 0), else_=1))).where(rows).group_by(*by)
    for drug, route, unknown in plain_rows(every.order_by(*by)):
        told = found.get((drug, route))
        mg = None if told is None else Quartiles(told[0], *(_between(*told, n) for n in (1, 2, 3)))
        yield DoseTotal(drug=Drug(drug), route=Route(route), mg=mg, unknown=int(unknown))


def _between(n: int, by_rank: dict[int, float], quarter: int) -> float:
    rank, beyond = divmod(quarter * (n - 1), 4)
    low = by_rank[rank]
    return low if not beyond else low + (by_rank[rank + 1] - low) * beyond / 4


def _reasons(
    clinic_id: int, chosen: SafetySelection, asked: Period
) -> tuple[tuple[tuple[str, int], ...], int]:
    """Give why series were stopped that began in the period, the most frequent first."""
    clauses = [
        _SERIES.clinic_id == clinic_id,
        _SERIES.state == SeriesState.STOPPED.value,
        _SERIES.starts_on >= asked.since,
        _SERIES.starts_on < asked.until,
    ]
    clauses += (
        _SERIES[name] == word.value
        for name in ("route", "drug")
        if (word := getattr(chosen, name)) is not None
    )
    n = func.count()
    in_all = func.sum(n).over()
    query = (
        select(_SERIES.state_reason, n, in_all)
        .where(*clauses)
        .group_by(_SERIES.state_reason)
        .order_by(n.desc(), _SERIES.state_reason)
        .limit(REASONS_MAX)
    )
    rows = plain_rows(query).all()
    named = tuple((row[0], row[1]) for row in rows)
    return named, int(rows[0][2]) - sum(n for _words, n in named) if rows else 0
