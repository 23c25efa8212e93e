"""Counts of what the records of sessions say: side effects, and dissociation."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, join, literal, or_, select, true, union_all
from sqlalchemy import cast as cast_to
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import Text

from tracker.domain.codes import Severity, SideEffect
from tracker.domain.outcomes.safety.counts import OF_RECORDS, DegreeCounts, degree_counts
from tracker.models.database import connection, plain_rows
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.outcomes.safety.period import HELD, Period

_EFFECTS: ColumnElement[str] = cast_to(HELD.side_effects, Text)


def _has(degree: Severity) -> ColumnElement[bool]:
    # The text of the mapping: no effect is called like a degree, so the word in quotes is one.
    return _EFFECTS.like(f'%"{degree.value}"%')


_SEVERE, _MODERATE, _MILD = (
    _has(one) for one in (Severity.SEVERE, Severity.MODERATE, Severity.MILD)
)
_FELT = HELD.dissociation_peak >= 1
_LEAVING = and_(
    HELD.dissociation_resolved.is_not(None), or_(HELD.dissociation_peak.is_(None), _FELT)
)
CONDITIONS: Mapping[str, ColumnElement[bool]] = {
    "sessions": true(),
    "effects_asked": _EFFECTS != "{}",
    "mild": and_(_MILD, ~_MODERATE, ~_SEVERE),
    "moderate": and_(_MODERATE, ~_SEVERE),
    "severe": _SEVERE,
    "peak_asked": HELD.dissociation_peak.is_not(None),
    "felt": _FELT,
    "leaving_known": _LEAVING,
    "unresolved": and_(_LEAVING, ~HELD.dissociation_resolved),
}
ASKED = ("sessions", "effects_asked", "peak_asked", "leaving_known")


def by_month(which: ColumnElement[bool], asked: Period) -> dict[int, dict[str, int]]:
    """Count sessions by the number of their month, in one pass."""
    month = asked.month_of(HELD.started_at).label("month")
    columns = [func.sum(case((CONDITIONS[name], 1), else_=0)) for name in OF_RECORDS]
    query = select(month, *columns).where(which).group_by(month)
    return {
        row[0]: dict(zip(OF_RECORDS, map(int, row[1:]), strict=True)) for row in plain_rows(query)
    }


def people(which: ColumnElement[bool]) -> dict[str, int]:
    """Count whose sessions they are, of each count that others are a part of."""
    columns = [func.count(case((CONDITIONS[name], HELD.patient_id)).distinct()) for name in ASKED]
    return dict(zip(ASKED, plain_rows(select(*columns).where(which)).one(), strict=True))


def by_effect(which: ColumnElement[bool]) -> dict[SideEffect, DegreeCounts]:
    """Count sessions by side effect and degree."""
    is_sqlite = connection().dialect.name == "sqlite"
    pairs = (
        func.json_each(_EFFECTS) if is_sqlite else func.jsonb_each_text(cast_to(_EFFECTS, JSONB))
    )
    each = pairs.table_valued("key", "value")
    word, degree = each.c.key, each.c.value
    query = (
        select(word, degree, func.count())
        .select_from(join(TreatmentSession.__table__, each, true()))
        .where(which, degree.is_not(None))
        .group_by(word, degree)
    )
    return degree_counts((row[0], row[1], row[2]) for row in plain_rows(query))


def minutes(which: ColumnElement[bool]) -> tuple[dict[int, int], dict[int, int]]:
    """Count when dissociation was gone, in minutes since the dose was begun, and how long it took.

    Of sessions in which some was felt, and of which it is known.
    """
    gone = HELD.dissociation_end_minute
    lasted = gone - HELD.dissociation_onset_minute
    found: dict[str, dict[int, int]] = {"gone": {}, "lasted": {}}
    parts = [
        select(literal(name).label("name"), value.label("minutes"), func.count().label("n"))
        .where(which, _FELT, value.is_not(None))
        .group_by(value)
        for name, value in (("gone", gone), ("lasted", lasted))
    ]
    row: Any
    for row in plain_rows(union_all(*parts)):
        found[row.name][row.minutes] = row.n
    return found["gone"], found["lasted"]
