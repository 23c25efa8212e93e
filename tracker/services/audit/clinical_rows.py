"""Hold every clinical row to what the trail sealed of it, and seal what is from before."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from typing import Any, cast

from msgspec import Struct
from sqlalchemy import Table, exists, select, text

from tracker.domain.access import Actor
from tracker.domain.audit import hash_chain
from tracker.models import sealing
from tracker.models.audit import AuditEvent, RowSeal
from tracker.models.database import connection, db, plain_rows
from tracker.services.unit_of_work import unit_of_work

SEALED_ALL = "rows.sealed"
FIRST_LINE = 1
ROWS_A_LINE = 5_000
_CHANGED, _REMOVED, _ADDED = "it was changed", "it was removed", "it was put in"
# What a column that was added after a row was sealed says of it: nothing.
_NOTHING = (None, "", 0, "{}", "[]")
_SEALS = select(RowSeal.sequence, RowSeal.columns, RowSeal.content)
_ALL_SEALED = select(
    exists().where(RowSeal.sequence == FIRST_LINE) | exists().where(AuditEvent.action == SEALED_ALL)
)
_AT_ONCE: dict[str, Any] = {"yield_per": 2000}


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
    with _one_moment():
        found = _Findings(all_sealed=bool(db.session.scalar(_ALL_SEALED)))
        for name in sealing.SEALED:
            try:
                found.look_at(name)
            except (TypeError, ValueError):  # a text where a number belongs
                found.faults.append(RowFault(name, 0, 0, "a key in it cannot be read", 0))
    return RowsCheck(found.rows, found.unsealed, tuple(found.faults))


class _Findings:
    """What has been found so far."""

    def __init__(self, *, all_sealed: bool) -> None:
        self.rows, self._all_sealed = 0, all_sealed
        self.unsealed: dict[str, int] = {}
        self.faults: list[RowFault] = []

    def look_at(self, name: str) -> None:
        """Hold every row of a table to its newest seal."""
        says = digester(name)
        for key, row, sealed in _side_by_side(name):
            self.rows += row is not None
            if row is not None and not self._all_sealed and _is_unsealed(name, sealed):
                self.unsealed[name] = self.unsealed.get(name, 0) + 1
            elif reason := _fault(row, sealed, says):
                line = sealed.sequence if sealed else 0
                self.faults.append(RowFault(name, *key, reason, line))


def seal(*, by: Actor) -> int:
    """Seal every row that no line ever sealed, as it stands now; say how many there were.

    From then on a row without a seal is one that was put in past the tracker.
    """
    count = 0
    for name, model in sealing.SEALED.items():
        waiting = iter([key for key, _, sealed in _side_by_side(name) if sealed is None])
        while piece := list(islice(waiting, ROWS_A_LINE)):
            with unit_of_work(by) as unit:
                sealing.touch_parts(model, piece)
                unit.audit("rows.sealing", detail=f"{name}: {len(piece)} rows")
            count += len(piece)
    with unit_of_work(by) as unit:
        unit.audit(SEALED_ALL, detail=f"{count} rows")
    return count


class _Seal(Struct, frozen=True):
    """What the newest line that sealed a row says of it."""

    digest: bytes
    sequence: int
    columns: tuple[str, ...]


_Row = Sequence[Any]
_Digester = Callable[[_Row, tuple[str, ...]], bytes]


def _is_unsealed(name: str, sealed: _Seal | None) -> bool:
    """Say whether nobody can tell what a row said: no line sealed it, or a column is no more."""
    return sealed is None or not set(sealed.columns) <= set(sealing.columns_of(name))


def _fault(row: _Row | None, sealed: _Seal | None, says: _Digester) -> str:
    if row is None:
        return _REMOVED if sealed and sealed.digest else ""
    if sealed is None or not sealed.digest:
        return _ADDED
    return "" if says(row, sealed.columns) == sealed.digest else _CHANGED


def digester(name: str) -> _Digester:
    """Give what digests a row in the columns that a seal names; what came later must be empty."""
    now = sealing.columns_of(name)

    def digest(row: _Row, columns: tuple[str, ...]) -> bytes:
        if columns == now:
            return hash_chain.digest_row(row)
        values = dict(zip(now, row, strict=True))
        if any(values[one] not in _NOTHING for one in values.keys() - {*columns}):
            return b""
        return hash_chain.digest_row([values.get(one) for one in columns])

    return digest


def _side_by_side(name: str) -> Iterator[tuple[sealing.Key, _Row | None, _Seal | None]]:
    """Walk rows and seals of a table in the order of their keys: each with its newest seal."""
    keys = cast("Table", sealing.SEALED[name].__table__).primary_key.columns
    turn = sealing.plain(name, connection().dialect.name)
    key_of = sealing.key_of(name)
    query = sealing.rows_of(name).order_by(*keys)
    with (
        closing(sqlite3.connect("")) as sorting,  # in a file of its own when memory is short
        db.session.execute(query, execution_options=_AT_ONCE) as found,
    ):
        rows, seals = iter(found), _newest_seals(name, sorting)
        row, sealed = next(rows, None), next(seals, None)
        while row is not None or sealed is not None:
            keys_met = [key_of(row)] if row is not None else []
            key = min([*keys_met, *([sealed[0]] if sealed is not None else [])])
            here, seal = None, None
            if row is not None and key_of(row) == key:
                here, row = turn(row), next(rows, None)
            if sealed is not None and sealed[0] == key:
                seal, sealed = sealed[1], next(seals, None)
            yield key, here, seal


def _newest_seals(name: str, sorting: sqlite3.Connection) -> Iterator[tuple[sealing.Key, _Seal]]:
    """Sort the seals of a table by the keys of its rows; there may be millions."""
    sorting.execute("CREATE TABLE seal (id, part, digest, line, named, PRIMARY KEY (id, part))")
    columns: dict[str, int] = {}
    query = _SEALS.where(RowSeal.of_table == name).order_by(RowSeal.sequence, RowSeal.piece)
    with db.session.execute(query, execution_options={"yield_per": 100}) as pieces:
        for line, names, content in pieces:
            named = columns.setdefault(names, len(columns))
            sorting.executemany(
                "INSERT OR REPLACE INTO seal VALUES (?, ?, ?, ?, ?)",
                ((*one, line, named) for one in hash_chain.read_piece(content)),
            )
    listed = [tuple(names.split()) for names in columns]
    for row_id, part, digest, line, named in sorting.execute("SELECT * FROM seal ORDER BY 1, 2"):
        yield (row_id, part), _Seal(digest, line, listed[named])


@contextmanager
def _one_moment() -> Iterator[None]:
    """Read everything as it is now, whatever others write meanwhile."""
    db.session.rollback()
    begin = {
        "sqlite": "BEGIN",
        "postgresql": "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
    }
    plain_rows(text(begin[connection().dialect.name]))
    try:
        yield
    finally:
        db.session.rollback()
