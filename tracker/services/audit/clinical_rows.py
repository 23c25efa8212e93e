"""Hold every clinical row to what the trail sealed of it, and seal what is from before."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby, islice
from typing import Any, cast

from msgspec import Struct
from sqlalchemy import Table, exists, select

from tracker.domain.access import Actor
from tracker.models import sealing
from tracker.models.audit import AuditEvent, RowSeal
from tracker.models.database import connection, db
from tracker.services.unit_of_work import unit_of_work

SEALED_ALL = "rows.sealed"
FIRST_LINE = 1
ROWS_A_LINE = 5_000
_CHANGED, _REMOVED, _ADDED = "it was changed", "it was removed", "it was put in"
_SEALS = select(RowSeal.row_id, RowSeal.part, RowSeal.digest, RowSeal.sequence)
_ALL_SEALED = select(
    exists().where(RowSeal.sequence == FIRST_LINE) | exists().where(AuditEvent.action == SEALED_ALL)
)


class RowFault(Struct, frozen=True):
    """A row that is not what the trail says; `sequence` is the last line that sealed it, or 0."""

    of_table: str
    row_id: int
    part: int
    reason: str
    sequence: int


class RowsCheck(Struct, frozen=True):
    """What holding all rows to the trail found; `unsealed` counts rows from before, by table."""

    rows: int
    unsealed: dict[str, int]
    faults: tuple[RowFault, ...]


def verify() -> RowsCheck:
    """Hold every row to its newest seal, on the database as it is at one moment.

    The seals themselves hold where the chain does: `queries.verify` says so. A row that no line
    ever sealed is from before rows were sealed; where all are sealed, it was put in.
    """
    rows, unsealed, faults = 0, dict[str, int](), list[RowFault]()
    with _one_moment():
        all_sealed = bool(db.session.scalar(_ALL_SEALED))
        for name in sealing.SEALED:
            for row_id, part, digest, (sealed, sequence) in _side_by_side(name):
                rows += digest is not None
                if sealed is None and not all_sealed:
                    unsealed[name] = unsealed.get(name, 0) + 1
                elif digest != (sealed or None):
                    reason = _reason(digest, sealed)
                    faults.append(RowFault(name, row_id, part, reason, sequence))
    return RowsCheck(rows, unsealed, tuple(faults))


def seal(*, by: Actor) -> int:
    """Seal every row that no line ever sealed, as it stands now; say how many there were.

    From then on a row without a seal is one that was put in past the tracker.
    """
    count = 0
    for name, model in sealing.SEALED.items():
        waiting = iter([row[:2] for row in _side_by_side(name) if row[3][0] is None])
        while piece := list(islice(waiting, ROWS_A_LINE)):
            with unit_of_work(by) as unit:
                sealing.touch_parts(model, piece)
                unit.audit("rows.sealing", detail=f"{name}: {len(piece)} rows")
            count += len(piece)
    with unit_of_work(by) as unit:
        unit.audit(SEALED_ALL, detail=f"{count} rows")
    return count


def _reason(digest: str | None, sealed: str | None) -> str:
    if digest is None:
        return _REMOVED
    return _CHANGED if sealed else _ADDED


_Seal = tuple[str | None, int]
_Side = tuple[int, int, str | None, _Seal]
_NEVER: _Seal = (None, 0)


def _side_by_side(name: str) -> Iterator[_Side]:
    """Walk rows and seals of a table in the order of their keys.

    Give each key with the digest of its row now (None: no row), and its newest seal (None: none).
    """
    table = cast("Table", sealing.SEALED[name].__table__)
    columns, query = sealing.rows_of(name)
    of_table = _SEALS.where(RowSeal.of_table == name)
    seals_query = of_table.order_by(RowSeal.row_id, RowSeal.part, RowSeal.sequence)
    streamed: dict[str, Any] = {"yield_per": 2000}
    with (
        db.session.execute(
            query.order_by(*table.primary_key.columns), execution_options=streamed
        ) as rows,
        db.session.execute(seals_query, execution_options=streamed) as seals,
    ):
        now = (sealing.digest_of(columns, row) for row in rows)
        newest = (list(of)[-1] for _, of in groupby(seals, key=lambda one: one[:2]))
        row, sealed = next(now, None), next(newest, None)
        while row is not None or sealed is not None:
            key = min(one[:2] for one in (row, sealed) if one is not None)
            digest, held = None, _NEVER
            if row is not None and row[:2] == key:
                digest, row = row[2], next(now, None)
            if sealed is not None and sealed[:2] == key:
                held, sealed = (sealed.digest, sealed.sequence), next(newest, None)
            yield *key, digest, held


@contextmanager
def _one_moment() -> Iterator[None]:
    """Read everything as it is now, whatever others write meanwhile."""
    db.session.rollback()
    begin = {
        "sqlite": "BEGIN",
        "postgresql": "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
    }
    taken = connection()
    taken.exec_driver_sql(begin[taken.dialect.name])
    try:
        yield
    finally:
        db.session.rollback()
