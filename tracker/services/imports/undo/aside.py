"""Rows of an undone import, kept whole beside the tables that everything else reads."""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import select

from tracker.domain.stored_content import pack, unpack
from tracker.models import sealing
from tracker.models.database import connection, db, plain_rows
from tracker.models.imports import SetAsideRows
from tracker.services.audit import clinical_rows
from tracker.services.imports.existing import pieces
from tracker.services.imports.undo.made import Seals

_FAST = 1  # of zlib's levels: half the time of the usual one for a tenth more bytes


class RowPack(Struct, frozen=True):
    """Some rows of one table as they are to be kept."""

    row_count: int
    content: bytes


class LookResult(Struct, frozen=True):
    """What was found of rows that an import made: packed, and those that say something else now."""

    packed: tuple[RowPack, ...]
    changed: tuple[int, ...]


def look(name: str, seals: Seals) -> LookResult:
    """Read rows whole, hold each to its seal, and pack all of them; one pass, a piece at a time."""
    packed, changed = list[RowPack](), list[int]()
    says, key_of = clinical_rows.digester(name), sealing.key_of(name)
    for piece, rows in _read(name, seals):
        left = {*piece}
        for row in rows:
            key, _ = key_of(row)
            left.discard(key)
            if says(row, seals[key].columns) != seals[key].digest:
                changed.append(key)
        changed += left
        packed.append(_pack_piece(rows))
    return LookResult(tuple(packed), tuple(changed))


def pack_rows(name: str, ids: Iterable[int]) -> tuple[RowPack, ...]:
    """Read rows whole and pack them, whatever they say."""
    return tuple(_pack_piece(rows) for _, rows in _read(name, ids))


def _read(name: str, ids: Iterable[int]) -> Iterator[tuple[Sequence[int], list[Sequence[Any]]]]:
    turn = sealing.plain(name, connection().dialect.name)
    query, row_id = sealing.rows_of(name), sealing.SEALED[name].__table__.c.id
    for piece in pieces(ids):
        yield piece, [turn(row) for row in plain_rows(query.where(row_id.in_(piece)))]


def _pack_piece(rows: Sequence[Sequence[Any]]) -> RowPack:
    return RowPack(len(rows), zlib.compress(pack([tuple(row) for row in rows]), _FAST))


def keep(import_id: int, clinic_id: int, name: str, packed: Sequence[RowPack]) -> None:
    """Keep the rows of a table, inside a unit of work."""
    named = " ".join(sealing.columns_of(name))
    db.session.add_all(
        SetAsideRows(
            clinic_id=clinic_id,
            import_id=import_id,
            of_table=name,
            row_count=one.row_count,
            columns=named,
            content=one.content,
        )
        for one in packed
    )
    db.session.flush()


def rows_of(import_id: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every row that was set aside with an import: its table, and its values by column."""
    columns = (SetAsideRows.of_table, SetAsideRows.columns, SetAsideRows.content)
    query = select(*columns).where(SetAsideRows.import_id == import_id)
    query = query.order_by(SetAsideRows.of_table, SetAsideRows.id)
    for of_table, named, content in plain_rows(query).all():
        for values in unpack(zlib.decompress(content), list[list[Any]]):
            yield of_table, dict(zip(named.split(), values, strict=True))
