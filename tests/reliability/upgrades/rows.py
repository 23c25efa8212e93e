"""The rows of a database as plain values, the same from SQLite and from PostgreSQL."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from sqlalchemy import create_engine, inspect, text

from tracker.services.backups import row_digests
from tracker.services.backups.row_digests import TableDigest

Value = Any  # None, a number, a text, or {"hex": ...} of bytes
DIGITS = 12  # of a digest, which is enough to notice a change


@dataclass(frozen=True)
class Table:
    """The rows of a table in no order that matters, each in the order of the columns."""

    columns: list[str]
    rows: list[list[Value]]

    def named(self) -> list[dict[str, Value]]:
        """Give each row with the names of its columns."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    @property
    def digest(self) -> TableDigest:
        """Digest all of it."""
        return row_digests.digest(
            json.dumps(row, sort_keys=True).encode("utf-8", "surrogatepass") for row in self.named()
        )


Tables = Mapping[str, Table]


def read(database_url: str) -> dict[str, Table]:
    """Read all tables of a database."""
    engine = create_engine(database_url)
    try:
        with engine.connect() as connection:
            names = sorted(inspect(connection).get_table_names())
            return {name: _read(connection, name) for name in names}
    finally:
        engine.dispose()


def count(tables: Tables) -> int:
    """Count the rows of all tables."""
    return sum(len(table.rows) for table in tables.values())


def digest(tables: Tables) -> str:
    """Digest all tables in one short word."""
    found = {name: [table.digest.rows, table.digest.digest] for name, table in tables.items()}
    whole = row_digests.digest([json.dumps(found, sort_keys=True).encode()])
    return whole.digest[:DIGITS]


def _read(connection: Any, name: str) -> Table:
    asked = connection.execute(text(f'SELECT * FROM "{name}"'))
    columns = list(asked.keys())
    rows = sorted(([_plain(value) for value in row] for row in asked), key=_place)
    return Table(columns, rows)


def _place(row: list[Value]) -> list[tuple[float, str]]:
    """Put numbers in their order: one line of the trail after the other packs well."""
    return [(v, "") if isinstance(v, int) else (0, repr(v)) for v in row[:2]]


def _plain(value: Any) -> Value:
    return next((plain(value) for kind, plain in _PLAIN if isinstance(value, kind)), value)


# The first that fits: a bool is a number, and an instant is a day, too.
_PLAIN: tuple[tuple[Any, Callable[[Any], Value]], ...] = (
    (bool, int),
    (Decimal, float),
    (datetime, lambda value: value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")),
    (date, date.isoformat),
    (time, lambda value: value.strftime("%H:%M:%S.%f")),
    ((bytes, memoryview), lambda value: {"hex": bytes(value).hex()}),
)
