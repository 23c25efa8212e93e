"""Clinics that earlier versions made, kept in files: the schema of each, and the rows in it.

The schema is what that version's own migrations made on either database. The rows came out the
same on both, so that they stand once.
"""

import json
import lzma
import sqlite3
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg

from tests.reliability.upgrades import rows
from tests.reliability.upgrades.rows import Table, Tables, Value

FOLDER = Path(__file__).resolve().parent / "kept"
_PACKED = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME}]


@dataclass(frozen=True)
class Schema:
    """Statements that make the tables, and those that come after the rows."""

    before: list[str]
    after: list[str]


@dataclass(frozen=True)
class Fixture:
    """A clinic of an earlier version, with the keys of its instance."""

    revision: str
    commit: str
    made_at: str
    keys: str
    sqlite: Schema
    postgresql: Schema
    tables: Tables

    @property
    def digest(self) -> str:
        """Digest all rows that are kept."""
        return rows.digest(self.tables)

    def save(self) -> Path:
        """Keep it in its file."""
        FOLDER.mkdir(exist_ok=True)
        path = path_of(self.revision)
        written = asdict(self)
        written["tables"] = {  # by columns, which packs better
            name: {"columns": table.columns, "values": [*zip(*table.rows, strict=True)]}
            for name, table in self.tables.items()
        }
        content = json.dumps(written, separators=(",", ":")).encode()
        path.write_bytes(lzma.compress(content, filters=_PACKED))
        return path

    def restore(self, database_url: str) -> None:
        """Bring it into an empty database."""
        if database_url.startswith("sqlite"):
            self._restore_sqlite(database_url.removeprefix("sqlite:///"))
        else:
            self._restore_postgresql(database_url.replace("+psycopg", ""))

    def _restore_sqlite(self, path: str) -> None:
        with closing(sqlite3.connect(path)) as connection, connection:
            for statement in self.sqlite.before:
                connection.execute(statement)
            for name, table in self.tables.items():
                marks = ", ".join("?" * len(table.columns))
                named = ", ".join(f'"{column}"' for column in table.columns)
                values = ([_for_sqlite(value) for value in row] for row in table.rows)
                connection.executemany(f'INSERT INTO "{name}" ({named}) VALUES ({marks})', values)
            for statement in self.sqlite.after:
                connection.execute(statement)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")

    def _restore_postgresql(self, url: str) -> None:
        with psycopg.connect(url) as connection:
            connection.execute("SET TIME ZONE 'UTC'")
            connection.execute("\n".join(self.postgresql.before).encode())
            for name, table in self.tables.items():
                named = ", ".join(f'"{column}"' for column in table.columns)
                taken = f'COPY public."{name}" ({named}) FROM STDIN'.encode()
                with connection.cursor().copy(taken) as copy:
                    for row in table.rows:
                        copy.write_row([_for_postgresql(value) for value in row])
            connection.execute("\n".join(self.postgresql.after).encode())


def path_of(revision: str) -> Path:
    """Name the file of a version."""
    return FOLDER / f"{revision}.json.xz"


def load(revision: str) -> Fixture:
    """Read a kept clinic."""
    read = json.loads(lzma.decompress(path_of(revision).read_bytes()))
    tables = {
        name: Table(table["columns"], [list(row) for row in zip(*table["values"], strict=True)])
        for name, table in read.pop("tables").items()
    }
    schemas = {kind: Schema(**read.pop(kind)) for kind in ("sqlite", "postgresql")}
    return Fixture(**read, **schemas, tables=tables)


def _for_sqlite(value: Value) -> Value:
    return bytes.fromhex(value["hex"]) if isinstance(value, dict) else value


def _for_postgresql(value: Value) -> Value:
    if isinstance(value, dict):
        return bytes.fromhex(value["hex"])
    return value if value is None else str(value)
