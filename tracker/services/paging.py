"""Pages of a list by key: one begins beyond the last row of another, so none is counted off.

An address names the id of that row and never what the list is in order of, which may be a name.
"""

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any, Generic, NamedTuple, TypeVar

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, and_, literal, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from tracker.domain import parsing
from tracker.domain.access import Actor
from tracker.models.database import db
from tracker.models.scoping import visible

Line = TypeVar("Line")


class Key(NamedTuple):
    """A column that a list is in order of. A list's last one is the id, so that no two tie."""

    column: InstrumentedAttribute[Any]
    falls: bool = False


class Page(Struct, Generic[Line], frozen=True):
    """A page of a list; `previous` and `next` are what to ask for, '' at the ends."""

    lines: tuple[Line, ...] = ()
    next: str = ""
    previous: str = ""


def read(
    wanted: Select[*tuple[Any, ...]],
    keys: Sequence[Key],
    make: Callable[[Sequence[Any]], Sequence[Line]],
    *,
    by: Actor,
    size: int,
    after: str = "",
    before: str = "",
) -> Page[Line]:
    """Read the page after or before a row, the first one where that row is not there for `by`."""
    start = _values(keys, before or after, by)
    backwards = bool(before) and start is not None
    ways = [Key(column, falls is not backwards) for column, falls in keys]
    if start is not None:
        wanted = wanted.where(_beyond(ways, start))
    order = [key.column.desc() if key.falls else key.column for key in ways]
    rows = db.session.execute(wanted.order_by(*order).limit(size + 1)).all()
    beyond, rows = len(rows) > size, rows[:size]
    if not rows:
        return Page()
    if backwards:
        rows = rows[::-1]
    more_after, more_before = (True, beyond) if backwards else (beyond, start is not None)
    last, first = str(rows[-1].id), str(rows[0].id)
    return Page(tuple(make(rows)), last if more_after else "", first if more_before else "")


def _values(keys: Sequence[Key], row_id: str, by: Actor) -> list[ColumnElement[Any]] | None:
    """Look up where in the order a row stands; None for one that has no place in it."""
    number, columns = parsing.row_id(row_id), [key.column for key in keys]
    if number is None:
        return None
    found = db.session.execute(
        select(*columns).where(columns[-1] == number, visible(by, columns[-1].class_))
    ).one_or_none()
    if found is None or None in tuple(found):
        return None
    return [literal(value, column.type) for value, column in zip(found, columns, strict=True)]


def _beyond(keys: Sequence[Key], values: Sequence[ColumnElement[Any]]) -> ColumnElement[bool]:
    """Say which rows come after these values. One comparison of rows, where it can, uses an index.

    It cannot where some columns fall and others rise.
    """
    if len({key.falls for key in keys}) == 1:
        here, there = tuple_(*(key.column for key in keys)), tuple_(*values)
        return here < there if keys[0].falls else here > there
    *steps, last = (
        (key.column == value, key.column < value if key.falls else key.column > value)
        for key, value in zip(keys, values, strict=True)
    )
    return reduce(lambda below, step: or_(step[1], and_(step[0], below)), reversed(steps), last[1])
