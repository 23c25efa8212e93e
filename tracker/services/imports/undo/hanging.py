"""What hangs on the rows of an import by a reference of the database, in whatever table."""

from collections.abc import Collection, Iterator
from typing import Any, cast

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, String, Table, exists, literal, or_, select
from sqlalchemy import cast as sql_cast

from tracker.domain.check_ins.sync_plan import PLAN_CHANGED
from tracker.domain.codes import CheckInState
from tracker.models.check_ins import CheckIn
from tracker.models.database import Base, among, plain_rows
from tracker.models.letters import Letter
from tracker.services.imports.undo.made import TABLES, MadeRows

# These go with what they hang on: the words a patient is found by, and what is counted of them.
GO_ALONG = frozenset({"course_outcome", "patient_word"})


class Hanging(Struct, frozen=True):
    """A row that is not of the import and hangs on one that is, by the column that says so."""

    of_table: str
    row_id: int
    column: str
    on_table: str
    on_id: int


def find(made: MadeRows, check_ins: Collection[int]) -> Iterator[Hanging]:
    """Yield what hangs on the rows of an import and is not of it; `check_ins` go along."""
    own: dict[str, Collection[int]] = {**made.made, CheckIn.__tablename__: {*check_ins}}
    for table, column, parent in references():
        if not own.get(parent) or table.name in GO_ALONG:
            continue
        for row_id, on_id in plain_rows(_hanging(table, column, own[parent])):
            if row_id not in own.get(table.name, ()):
                yield Hanging(table.name, row_id or 0, column, parent, on_id)


def references() -> Iterator[tuple[Table, str, str]]:
    """Yield every reference of the database to a row that an import can make."""
    parents = {*TABLES, CheckIn.__tablename__}
    for table in Base.metadata.sorted_tables:
        for key in sorted(table.foreign_keys, key=lambda one: one.parent.name):
            if (parent := key.column.table.name) in parents:
                yield table, key.parent.name, parent


def _hanging(table: Table, column: str, ids: Collection[int]) -> Select[Any]:
    first = next(iter(table.primary_key.columns))
    return select(first, table.c[column]).where(among(table.c[column], ids))


def untouched_check_ins(made: MadeRows) -> tuple[int, ...]:
    """List check-ins that were laid out for what an import made, and that nobody was asked yet.

    They follow the plan by themselves, and are laid out anew once their sessions are gone.
    """
    check_in = cast("Table", CheckIn.__table__)
    found: set[int] = set()
    for column, name in (("series_id", "series"), ("session_id", "treatment_session")):
        if ids := made.ids(TABLES[name]):
            query = select(check_in.c.id).where(
                among(check_in.c[column], ids),
                check_in.c.line.is_not(None),
                or_(check_in.c.state == CheckInState.OPEN.value, check_in.c.reason == PLAN_CHANGED),
                *_nothing_of(check_in),
            )
            found |= {*plain_rows(query).scalars()}
    return tuple(sorted(found))


def _nothing_of(check_in: Table) -> Iterator[ColumnElement[bool]]:
    about = literal("check-in:") + sql_cast(check_in.c.id, String)
    yield ~exists().where(Letter.about == about)
    for table, column, parent in references():
        if parent == check_in.name:
            yield ~exists().where(table.c[column] == check_in.c.id)
