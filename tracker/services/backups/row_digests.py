"""A digest of a table's rows that does not ask in which order they stand."""

import hashlib
from collections.abc import Iterable, Mapping

from msgspec import Struct

from tracker.domain.formatting import times
from tracker.services.backups.errors import DamagedError

_MODULUS = 2**256


class TableDigest(Struct, frozen=True):
    """How many rows a table has, and the sum of their SHA-256 hashes in hexadecimal."""

    rows: int
    digest: str


def digest(rows: Iterable[bytes]) -> TableDigest:
    """Add the hashes of rows up: a database gives its rows back in an order of its own."""
    count = total = 0
    for row in rows:
        count += 1
        total += int.from_bytes(hashlib.sha256(row).digest(), "big")
    return TableDigest(count, f"{total % _MODULUS:064x}")


def compare(expected: Mapping[str, TableDigest], found: Mapping[str, TableDigest]) -> None:
    """Raise DamagedError that names each table that is not as it was."""
    names = sorted(name for name in {*expected, *found} if expected.get(name) != found.get(name))
    if names:
        raise DamagedError(
            f"{times(len(names), 'table')} differ from what was backed up: {', '.join(names)}."
        )


def count_rows(tables: Mapping[str, TableDigest]) -> int:
    """Count the rows of all tables."""
    return sum(table.rows for table in tables.values())
