"""Sums over the courses that a lead picks out: passes over the rows, none over raw scores."""

from collections.abc import Collection, Iterator
from datetime import date
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Float,
    Integer,
    Numeric,
    Table,
    and_,
    case,
    false,
    func,
    join,
    or_,
    select,
    true,
    type_coerce,
)
from sqlalchemy import cast as cast_to
from sqlalchemy.dialects.postgresql import JSONB

from tracker.domain.codes import Indication, SeriesState
from tracker.domain.outcomes import sums as sums_of
from tracker.domain.outcomes.course_outcome import NO_SCALE
from tracker.domain.outcomes.definitions import OutcomeDefinitions
from tracker.domain.outcomes.selection import (
    DOSE_ENDS,
    RESISTANT_FROM,
    DoseBand,
    FailedTrials,
    Selection,
)
from tracker.domain.outcomes.sums import ENDS, INDICATIONS, KINDS, Count, Key, Sum
from tracker.models.database import connection, plain_rows
from tracker.models.outcomes import CourseOutcomeRow

_ROWS = cast("Table", CourseOutcomeRow.__table__).c
Wanted = ColumnElement[bool]


def rows_of(
    clinic_id: int, scale: str, selection: Selection, definitions: OutcomeDefinitions
) -> Wanted:
    """Say which rows of a scale are picked out."""
    clauses: list[Wanted] = [_ROWS.clinic_id == clinic_id, _ROWS.instrument == scale]
    if scale != NO_SCALE and not selection.everything:
        clauses.append(_ROWS.is_made_for == true())
    clauses += (
        _ROWS[name] == word.value
        for name in ("indication", "route", "drug", "phase")
        if (word := getattr(selection, name)) is not None
    )
    return and_(*clauses, *_of_treatment(selection), *_of_induction(selection, definitions))


def _of_treatment(selection: Selection) -> Iterator[Wanted]:
    if selection.since is not None:
        yield _ROWS.first_dose_on >= selection.since
    if selection.until is not None:
        yield _ROWS.first_dose_on <= selection.until
    if selection.dose is not None:
        yield of_dose(selection.dose)
    if selection.tried is not None:
        yield of_tried(selection.tried)


def _of_induction(selection: Selection, definitions: OutcomeDefinitions) -> Iterator[Wanted]:
    if selection.whole_induction:
        yield _is_whole_induction(definitions)


def of_dose(band: DoseBand) -> Wanted:
    """Say which rows have a mean dose of a band."""
    mean, (low, high) = _ROWS.mean_mg_per_kg, DOSE_ENDS
    return {
        DoseBand.BELOW: mean < low,
        DoseBand.USUAL: and_(mean >= low, mean < high),
        DoseBand.ABOVE: mean >= high,
        DoseBand.UNKNOWN: mean.is_(None),
    }[band]


def of_tried(tried: FailedTrials) -> Wanted:
    """Say which rows are of people with so many failed treatments."""
    failed = _ROWS.failed_treatments
    return {
        FailedTrials.FEWER: failed < RESISTANT_FROM,
        FailedTrials.TWO: failed >= RESISTANT_FROM,
        FailedTrials.UNKNOWN: failed.is_(None),
    }[tried]


def _is_whole_induction(definitions: OutcomeDefinitions) -> Wanted:
    return and_(
        _ROWS.induction_doses.between(
            definitions.induction_doses_min, definitions.induction_doses_max
        ),
        _ROWS.induction_days.between(
            definitions.induction_days_min, definitions.induction_days_max
        ),
    )


_YES = {
    name: _ROWS[name] == true()
    for name in ("is_entered", "has_response", "has_remission", "is_worse", "is_lost")
}
_HAS_PAIR = and_(_ROWS.baseline.is_not(None), _ROWS.outcome.is_not(None))
_SUICIDE_PAIR = and_(_ROWS.suicide_before.is_not(None), _ROWS.suicide_after.is_not(None))


def _conditions(definitions: OutcomeDefinitions) -> dict[int, Wanted]:
    """Say of each count which rows it counts: the same as `sums.added_by` says of one course."""
    had = and_(_SUICIDE_PAIR, _ROWS.suicide_before >= 1)
    kept = _ROWS.kept_days >= definitions.sustained_days
    return {
        Count.WITH_BASELINE: _ROWS.baseline.is_not(None),
        Count.ENTERED: _YES["is_entered"],
        Count.OBSERVED: and_(_YES["is_entered"], _ROWS.outcome.is_not(None)),
        Count.RESPONSE_KNOWN: _ROWS.has_response.is_not(None),
        Count.RESPONSE: _YES["has_response"],
        Count.REMISSION_KNOWN: _ROWS.has_remission.is_not(None),
        Count.REMISSION: _YES["has_remission"],
        Count.SUSTAINED_KNOWN: or_(kept, and_(_ROWS.kept_days.is_not(None), _YES["is_lost"])),
        Count.SUSTAINED: kept,
        Count.WORSE_KNOWN: _ROWS.is_worse.is_not(None),
        Count.WORSE: _YES["is_worse"],
        Count.SUICIDE_PAIR: _SUICIDE_PAIR,
        Count.SUICIDE_BEFORE: had,
        Count.SUICIDE_LESS: and_(had, _ROWS.suicide_after < _ROWS.suicide_before),
        Count.SUICIDE_NONE: and_(had, _ROWS.suicide_after == 0),
        Count.SUICIDE_MORE: and_(_SUICIDE_PAIR, _ROWS.suicide_after > _ROWS.suicide_before),
    }


def _sum_if(condition: Wanted, value: Any = 1) -> ColumnElement[Any]:
    return func.sum(case((condition, value), else_=0))


def sums_of_scale(
    rows: Wanted, definitions: OutcomeDefinitions, today: date | None = None
) -> dict[Key, Sum]:
    """Sum what the rows of one scale add, but for the places of the course.

    One pass over the rows for all that is only counted, and one for each of the two curves. Those
    whose window is still open are told by the day on which it closes, from `today` on where that is
    given.
    """
    found = dict(_totals(rows, definitions))
    closes = _ROWS.window_closes_on
    waits = and_(_YES["is_entered"], _ROWS.outcome.is_(None), closes.is_not(None))
    if today is not None:
        waits = and_(waits, closes >= today)
    for day, n in plain_rows(select(closes, func.count()).where(rows, waits).group_by(closes)):
        found[sums_of.WAITING, day.toordinal()] = Sum(n)
    followed = func.coalesce(_ROWS.response_day, _ROWS.followed_days)
    for parts, days, happened in (
        (
            (sums_of.NO_RESPONSE_UNTIL, sums_of.RESPONDED_ON),
            followed,
            _ROWS.response_day.is_not(None),
        ),
        ((sums_of.KEPT_UNTIL, sums_of.LOST_ON), _ROWS.kept_days, _YES["is_lost"]),
    ):
        how = case((happened, 1), else_=0)
        grouped = select(days, how, func.count()).where(rows, days.is_not(None))
        for day, happens, n in plain_rows(grouped.group_by(days, how)):
            is_late = day > sums_of.DAYS_MAX and parts[1] == sums_of.LOST_ON
            key = parts[0 if is_late else happens], min(day, sums_of.DAYS_MAX)
            found[key] = found.get(key, Sum()).plus(Sum(n))
    return found


def _totals(rows: Wanted, definitions: OutcomeDefinitions) -> Iterator[tuple[Key, Sum]]:
    """Give what is counted, and the sums over pairs, in one pass over the rows."""
    entered = _YES["is_entered"]
    counted: dict[Key, Wanted] = {
        **{(sums_of.COUNT, key): one for key, one in _conditions(definitions).items()},
        **{(sums_of.CHANGED, key): _ROWS.change == one.value for one, key in KINDS.items()},
    }
    before, after = _ROWS.baseline, _ROWS.outcome
    amounts = (1, before, before * before, after, after * after, before * after)
    pairs = {sums_of.PAIR: _HAS_PAIR, sums_of.ENTERED_PAIR: and_(_HAS_PAIR, entered)}
    columns = [
        *(_sum_if(condition) for condition in counted.values()),
        *(_sum_if(condition, one) for condition in pairs.values() for one in amounts),
    ]
    told = list(plain_rows(select(*columns).where(rows)).one())
    for key, n in zip(counted, told, strict=False):
        if n:
            yield key, Sum(int(n))
    for place, part in enumerate(pairs):
        start = len(counted) + place * len(amounts)
        n, *values = told[start : start + len(amounts)]
        if n:
            yield (part, 0), Sum(int(n), *(Decimal(str(value)) for value in values))


def sums_of_courses(rows: Wanted, definitions: OutcomeDefinitions) -> dict[Key, Sum]:
    """Sum what the rows of courses by themselves add."""
    whole = case((_is_whole_induction(definitions), 1), else_=0)
    by = (_ROWS.indication, _ROWS.state, _ROWS.doses)
    grouped = select(*by, func.count(), func.sum(whole)).where(rows).group_by(*by)
    found: dict[Key, Sum] = {}
    for indication, state, doses, n, complete in plain_rows(grouped):
        treated = INDICATIONS[Indication(indication) if indication else None]
        end = ENDS[SeriesState(state) if state else None]
        for key, count in (
            ((sums_of.TREATED, treated), n),
            ((sums_of.WHOLE_INDUCTION, treated), complete),
            ((sums_of.ENDED, sums_of.place(treated, end)), n),
            ((sums_of.DOSES, sums_of.place(treated, min(doses, sums_of.SESSIONS_MAX))), n),
        ):
            if count:
                found[key] = found.get(key, Sum()).plus(Sum(int(count)))
    return found


def sums_by_place(rows: Wanted, part: str) -> dict[Key, Sum]:
    """Sum the totals by session or by week: slower, since each row holds many."""
    column = _ROWS.by_session if part == sums_of.BY_SESSION else _ROWS.by_week
    if connection().dialect.name == "sqlite":
        each = func.json_each(column).table_valued("value")
        at = cast_to(func.json_extract(each.c.value, "$[0]"), Integer)
        total: ColumnElement[Any] = cast_to(func.json_extract(each.c.value, "$[1]"), Float)
    else:
        each = func.jsonb_array_elements(cast_to(column, JSONB)).table_valued("value")
        value = type_coerce(each.c.value, JSONB)
        at, total = (cast_to(value[one].astext, kind) for one, kind in ((0, Integer), (1, Numeric)))
    grouped = (
        select(at, func.count(), func.sum(total), func.sum(total * total))
        .select_from(join(cast("Table", CourseOutcomeRow.__table__), each, true()))
        .where(rows, _YES["is_entered"], at <= sums_of.SESSIONS_MAX)
        .group_by(at)
    )
    return {
        (part, place): Sum(n, Decimal(str(x)), Decimal(str(xx)))
        for place, n, x, xx in plain_rows(grouped)
    }


def behind(step: str, today: date) -> Wanted:
    """Say which rows of a scale stand behind a count of the report, by its code."""
    entered, outcome, closes = _YES["is_entered"], _ROWS.outcome, _ROWS.window_closes_on
    unseen = and_(entered, outcome.is_(None))
    return {
        "not-entered": _ROWS.is_entered == false(),
        "waiting": and_(unseen, closes >= today),
        "missing": and_(unseen, or_(closes < today, closes.is_(None))),
        "response": _YES["has_response"],
        "no-response": _ROWS.has_response == false(),
        "remission": _YES["has_remission"],
        "worse": _YES["is_worse"],
        "suicide-more": and_(_SUICIDE_PAIR, _ROWS.suicide_after > _ROWS.suicide_before),
    }[step]


def without_baseline(rows: Wanted, code: str, indications: Collection[Indication | None]) -> Wanted:
    """Say which courses, among rows without a scale, have no baseline on one."""
    other = cast("Table", CourseOutcomeRow.__table__).alias()
    has = (
        select(other.c.patient_id)
        .where(
            other.c.patient_id == _ROWS.patient_id,
            other.c.course_number == _ROWS.course_number,
            other.c.instrument == code,
            other.c.baseline.is_not(None),
        )
        .exists()
    )
    named = [one.value for one in indications if one is not None]
    return and_(rows, or_(_ROWS.indication.in_(named), _ROWS.indication.is_(None)), ~has)
