"""Which entries hold of what was written while sessions were under way.

An entry holds unless another corrected or withdrew it; that is asked of the database. Where two
people corrected the same entry, the whole chain says whose word holds: these few sessions are read,
and judged by the rule that their own pages have.
"""

from collections.abc import Collection, Sequence
from typing import cast

from sqlalchemy import ColumnElement, Integer, String, Table, and_, func, literal, select
from sqlalchemy import cast as cast_to
from sqlalchemy.dialects.postgresql import JSONB

from tracker.domain.live.entries import Entry, EntryKind, effective
from tracker.models.database import connection, plain_rows
from tracker.models.session_entries import SessionEntry
from tracker.services.live import entry_log
from tracker.services.outcomes.safety.period import HELD

ENTRIES = cast("Table", SessionEntry.__table__)
_COLUMNS = ENTRIES.c
AT_ONCE = 500

Logs = dict[int, list[Entry]]


def corrected_twice(which: ColumnElement[bool], clinic_id: int) -> list[int]:
    """Name the sessions in which an entry was corrected more than once."""
    query = (
        select(_COLUMNS.session_id)
        .where(
            _COLUMNS.clinic_id == clinic_id,
            _COLUMNS.replaces != "",
            _COLUMNS.session_id.in_(select(HELD.id).where(which)),
        )
        .group_by(_COLUMNS.session_id, _COLUMNS.replaces)
        .having(func.count() > 1)
        .distinct()
    )
    return sorted(plain_rows(query).scalars())


def read(sessions: Sequence[int]) -> Logs:
    """Read what holds in some sessions, by the rule of their own pages."""
    found: Logs = {one: [] for one in sessions}
    query = select(SessionEntry.session_id, *entry_log.COLUMNS)
    for at in range(0, len(sessions), AT_ONCE):
        some = sessions[at : at + AT_ONCE]
        for row in plain_rows(query.where(SessionEntry.session_id.in_(some))):
            found[row.session_id].append(entry_log.entry_of(row))
    return {one: effective(entries) for one, entries in found.items()}


def holds(kind: EntryKind, apart: Collection[int]) -> ColumnElement[bool]:
    """Say which entries of a kind hold, of all sessions but those that are read."""
    later = ENTRIES.alias()
    corrected = (
        select(later.c.session_id, later.c.replaces).where(later.c.replaces != "").subquery()
    )
    is_replaced = (
        select(literal(1))
        .where(corrected.c.session_id == _COLUMNS.session_id, corrected.c.replaces == _COLUMNS.key)
        .exists()
    )
    clauses = [_COLUMNS.kind == kind.value, ~is_replaced]
    if apart:
        clauses.append(_COLUMNS.session_id.not_in(sorted(apart)))
    return and_(*clauses)


def content(name: str) -> ColumnElement[str]:
    """Take a field of what an entry holds, as text."""
    taken: ColumnElement[str]
    if connection().dialect.name == "sqlite":
        taken = func.json_extract(_COLUMNS.content, f"$.{name}", type_=String())
        return taken
    taken = cast_to(cast_to(_COLUMNS.content, String), JSONB)[name].astext
    return taken


def number(name: str) -> ColumnElement[int]:
    """Take a whole number of what an entry holds."""
    return cast_to(content(name), Integer)
