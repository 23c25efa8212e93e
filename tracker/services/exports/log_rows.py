"""Readings and adverse events as rows of a file: what stands of each session's log."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from tracker.domain.live.entries import AdverseEvent, Entry, EntryKind, Reading, effective
from tracker.domain.live.entry_parsing import unpack
from tracker.domain.measures import SIGN_NAMES
from tracker.domain.wall_time import minute

# What is read of an entry to make its row, in this order.
FIELDS = (
    "record_number", "session_id", "started_at", "sequence", "key", "kind", "at", "by", "content",
    "replaces",
)  # fmt: skip
# A withdrawal of a reading or of an event is read with them, or they would seem to stand.
READING_KINDS = (EntryKind.READING.value, EntryKind.WITHDRAWAL.value)
EVENT_KINDS = (EntryKind.EVENT.value, EntryKind.WITHDRAWAL.value)

_SESSION = slice(0, 3)
_signs_of = attrgetter(*SIGN_NAMES)
Row = Sequence[Any]


def readings(rows: Iterable[Row]) -> Iterator[Row]:
    """Turn entries, as the values of `FIELDS`, into the plain rows of the table of readings."""
    return _rows(rows, _reading)


def adverse_events(rows: Iterable[Row]) -> Iterator[Row]:
    """Turn entries, as the values of `FIELDS`, into the plain rows of the table of events."""
    return _rows(rows, _event)


def _rows(
    rows: Iterable[Row], make: Callable[[Entry, datetime | None], Row | None]
) -> Iterator[Row]:
    for head, those in groupby(rows, key=lambda row: tuple(row[_SESSION])):
        record_number, session_id, started_at = head
        for entry in effective(map(_entry, those)):
            made = make(entry, started_at)
            if made is not None:
                yield (record_number, session_id, entry.sequence, *made)


def _entry(row: Row) -> Entry:
    _number, _session_id, _start, sequence, key, kind, at, by, content, replaces = row
    return Entry(
        sequence=sequence,
        key=key,
        kind=(known := EntryKind(kind)),
        at=at,
        received_at=at,
        by=by,
        content=unpack(known, json.loads(content)),
        replaces=replaces,
    )


def _reading(entry: Entry, start: datetime | None) -> Row | None:
    content = entry.content
    if not isinstance(content, Reading):
        return None
    return (
        entry.at,
        _minute(entry.at, start),
        *_signs_of(content),
        content.sedation,
        content.dissociation,
        content.pain,
        content.nausea,
        content.note,
        entry.by,
        bool(entry.replaces),
    )


def _event(entry: Entry, start: datetime | None) -> Row | None:
    content = entry.content
    if not isinstance(content, AdverseEvent):
        return None
    return (
        content.term,
        content.other,
        entry.at,
        _minute(entry.at, start),
        _minute(content.ended_at, start),
        content.grade,
        content.serious,
        content.actions,
        content.outcome,
        content.note,
        entry.by,
        bool(entry.replaces),
    )


def _minute(at: datetime | None, start: datetime | None) -> int | None:
    return None if at is None or start is None else minute(at, start)
