"""Counts of the adverse events that were written while sessions were under way."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Integer, Table, extract, func, select
from sqlalchemy import cast as cast_to
from sqlalchemy.dialects.postgresql import TIMESTAMP

from tracker.domain.live.entries import AdverseEvent, EntryKind
from tracker.domain.outcomes.safety.counts import EventCounts
from tracker.models.database import connection, plain_rows
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.outcomes.safety import log
from tracker.services.outcomes.safety.log import ENTRIES, Logs
from tracker.services.outcomes.safety.period import HELD

_SESSIONS = cast("Table", TreatmentSession.__table__)
_TRUE = ("1", "true")  # as the two databases write it
_MINUTES_A_DAY, _SECONDS_A_MINUTE = 1440, 60
Found = tuple[int | None, bool, int | None, int]


def count(which: ColumnElement[bool], apart: Logs) -> EventCounts:
    """Count the events that hold, in all, by grade, and by the minutes that they lasted."""
    by_grade: dict[int | None, int] = {}
    minutes: dict[int, int] = {}
    events = serious = 0
    for grade, is_serious, lasted, n in (*_count_by_query(which, apart), *_read(apart)):
        events += n
        serious += n * is_serious
        by_grade[grade] = by_grade.get(grade, 0) + n
        if lasted is not None:
            minutes[lasted] = minutes.get(lasted, 0) + n
    order = sorted(by_grade, key=lambda grade: (grade is None, grade))
    return EventCounts(
        events=events,
        serious=serious,
        by_grade={grade: by_grade[grade] for grade in order},
        minutes=minutes,
    )


def _count_by_query(which: ColumnElement[bool], apart: Logs) -> Iterator[Found]:
    grade = log.number("grade").label("grade")
    serious, lasted = log.content("serious").label("serious"), _minutes().label("lasted")
    query = (
        select(grade, serious, lasted, func.count())
        .select_from(_SESSIONS.join(ENTRIES, ENTRIES.c.session_id == HELD.id))
        .where(which, log.holds(EntryKind.EVENT, apart))
        .group_by(grade, serious, lasted)
    )
    row: Any
    for row in plain_rows(query):
        yield row[0], str(row[1]) in _TRUE, row[2], row[3]


def _minutes() -> ColumnElement[int]:
    """Give the whole minutes from an event's instant to its end; NULL where it has none."""
    ended: ColumnElement[Any] = log.content("ended_at")
    if connection().dialect.name == "sqlite":
        span = (func.julianday(ended) - func.julianday(ENTRIES.c.at)) * _MINUTES_A_DAY
        # A thousandth of a minute makes up for what a day in floating point loses.
        return cast_to(span + 0.001, Integer)  # cuts off what is after the point
    ended = cast_to(ended, TIMESTAMP(timezone=True))
    span = extract("epoch", ended - ENTRIES.c.at) / _SECONDS_A_MINUTE
    return cast_to(func.floor(span), Integer)


def _read(apart: Logs) -> Iterable[Found]:
    for entries in apart.values():
        for entry in entries:
            if isinstance(entry.content, AdverseEvent):
                event = entry.content
                yield event.grade, bool(event.serious), _whole(entry.at, event.ended_at), 1


def _whole(began: datetime, ended: datetime | None) -> int | None:
    return None if ended is None else int((ended - began).total_seconds() // _SECONDS_A_MINUTE)
