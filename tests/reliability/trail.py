"""Tamper with the trail and with clinical rows at random, and count how often it is found.

Each tamper is made alone, in a copy of one database, past all triggers: what stands in a row is
edited, a row is deleted, put in or swapped with another, or the tail of the trail is cut off with
all that was written since. Then `tracker audit verify --deep --anchor` is asked for its verdict.
"""

import argparse
import dataclasses
import random
import shutil
import sqlite3
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from flask import Flask

from tests import databases
from tests.builders import courses, merges
from tests.people import Cast, gather
from tracker import config, create_app
from tracker.models import db, sealing
from tracker.services import unit_of_work
from tracker.services.audit import anchors, clinical_rows
from tracker.services.audit import queries as audit_queries

TRAIL = ("audit_event", "audit_event_patient", "row_seal")
LINES = 200


class Bench:
    """One database to tamper with, which is there again for every tamper."""

    def __init__(self, folder: Path) -> None:
        config.make_keys(folder)
        databases.schema.upgrade(f"sqlite:///{folder / 'tracker.sqlite3'}")
        settings = config.read(folder, databases.ENVIRON)
        self.app: Flask = create_app(settings=dataclasses.replace(settings, testing=True))
        self.file, self.whole = folder / "tracker.sqlite3", folder / "whole.sqlite3"
        with self.app.app_context():
            write(gather())
            self.anchors = anchors.read([anchors.write()])
            db.session.remove()
            db.engine.dispose()
        self._keep()

    def _keep(self) -> None:
        with closing(sqlite3.connect(self.file)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            for (name,) in database.execute(query).fetchall():
                database.execute(f"DROP TRIGGER {name}")
            database.commit()
        shutil.copy(self.file, self.whole)

    def is_found(self) -> bool:
        """Ask for the verdict on the database as it is."""
        with self.app.app_context():
            try:
                if not audit_queries.verify(anchors=self.anchors).intact:
                    return True
                return bool(clinical_rows.verify().faults)
            finally:
                db.session.remove()
                db.engine.dispose()

    def restore(self) -> None:
        """Put the whole database back."""
        for end in ("-wal", "-shm"):
            Path(f"{self.file}{end}").unlink(missing_ok=True)
        shutil.copy(self.whole, self.file)


def write(cast: Cast) -> None:
    """Write a trail and something in most tables."""
    two = merges.two_records(cast)
    merges.put_together(two, cast.anna)
    courses.treat(cast.console, record_number="T-1")
    for number in range(LINES):
        unit_of_work.audit(cast.anna, "test.noted", f"x:{number}", patients=range(number % 4))


def edit(database: sqlite3.Connection, draw: random.Random) -> None:
    """Put another value into one column of one row."""
    table = _a_table(database, draw)
    column = draw.choice(_columns(database, table))
    (value,) = _a_row(database, draw, table, [column])
    _set(database, table, column, value, _another(value, draw))


def delete(database: sqlite3.Connection, draw: random.Random) -> None:
    """Remove one row."""
    table = _a_table(database, draw)
    columns = _columns(database, table)
    row = _a_row(database, draw, table, columns)
    where = " AND ".join(f'"{one}" IS ?' for one in columns)
    database.execute(f'DELETE FROM "{table}" WHERE {where}', row)


def put_in(database: sqlite3.Connection, draw: random.Random) -> None:
    """Put in a row like another, with a key of its own."""
    table = _a_table(database, draw)
    columns = _columns(database, table)
    row = dict(zip(columns, _a_row(database, draw, table, columns), strict=True))
    key = columns[0] if table != "audit_event_patient" else draw.choice(columns)
    row[key] += draw.randrange(1, 10**6)
    marks = ", ".join("?" * len(columns))
    names = ", ".join(f'"{one}"' for one in columns)
    database.execute(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', [*row.values()])


def swap(database: sqlite3.Connection, draw: random.Random) -> None:
    """Let two rows say in all but their keys what the other said."""
    table = _a_table(database, draw, of=lambda one: one not in TRAIL[1:])
    columns = _columns(database, table)
    rows = database.execute(f'SELECT * FROM "{table}"').fetchall()
    one, other = draw.sample(rows, 2)
    keys = _keys(database, table)
    where = " AND ".join(f'"{key}" IS ?' for key in keys)
    freed = {"previous"} & {*columns}  # unique: it is freed before the other takes it
    for name in freed:
        database.execute(f'UPDATE "{table}" SET "{name}" = "{name}" || \'-\'')
    for here, there in ((one, other), (other, one)):
        said = dict(zip(columns, there, strict=True))
        at = [dict(zip(columns, here, strict=True))[key] for key in keys]
        for name in said.keys() - {*keys}:
            database.execute(f'UPDATE "{table}" SET "{name}" = ? WHERE {where}', [said[name], *at])
    for name in freed:
        database.execute(f'UPDATE "{table}" SET "{name}" = rtrim("{name}", \'-\')')


def cut(database: sqlite3.Connection, draw: random.Random) -> None:
    """Cut the tail of the trail off, with everything that hangs on its lines."""
    (last,) = database.execute("SELECT max(sequence) FROM audit_event").fetchone()
    after = last - draw.randrange(1, LINES)
    for table in TRAIL:
        database.execute(f"DELETE FROM {table} WHERE sequence > ?", [after])


TAMPERS: tuple[Callable[[sqlite3.Connection, random.Random], None], ...] = (
    edit, edit, edit, delete, put_in, swap, cut,
)  # fmt: skip


def _a_table(
    database: sqlite3.Connection,
    draw: random.Random,
    of: Callable[[str], bool] = lambda _table: True,
) -> str:
    """Draw the trail as often as all clinical tables together."""
    full = [one for one in sealing.SEALED if _count(database, one) > 1]
    return draw.choice([one for one in draw.choice((TRAIL, full)) if of(one)])


def _count(database: sqlite3.Connection, table: str) -> int:
    (count,) = database.execute(f'SELECT count(*) FROM "{table}"').fetchone()
    return int(count)


def _columns(database: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in database.execute(f'PRAGMA table_info("{table}")')]


def _keys(database: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in database.execute(f'PRAGMA table_info("{table}")') if row[5]]


def _a_row(
    database: sqlite3.Connection, draw: random.Random, table: str, columns: list[str]
) -> tuple[object, ...]:
    names = ", ".join(f'"{one}"' for one in columns)
    at = draw.randrange(_count(database, table))
    query = f'SELECT {names} FROM "{table}" LIMIT 1 OFFSET ?'
    row: tuple[object, ...] = database.execute(query, [at]).fetchone()
    return row


def _set(database: sqlite3.Connection, table: str, column: str, old: object, new: object) -> None:
    """Change one row that holds a value."""
    names = ", ".join(f'"{one}"' for one in _keys(database, table))
    query = f'SELECT {names} FROM "{table}" WHERE "{column}" IS ? LIMIT 1'
    key = database.execute(query, [old]).fetchone()
    where = " AND ".join(f'"{one}" = ?' for one in _keys(database, table))
    database.execute(f'UPDATE "{table}" SET "{column}" = ? WHERE {where}', [new, *key])


def _another(value: object, draw: random.Random) -> object:
    """Make another value of the same kind."""
    match value:
        case None:
            return draw.choice((1, "x"))
        case int() | float():
            return value + draw.choice((1, 0.5, -1, 1000))
        case bytes():
            at = draw.randrange(len(value))
            return value[:at] + bytes([value[at] ^ 1]) + value[at + 1 :]
    text = str(value)
    at = draw.randrange(len(text) + 1)
    return draw.choice((text[:at] + "x" + text[at:], text[:at] + "7" + text[at:]))


def tamper(bench: Bench, count: int, seed: int) -> Iterator[tuple[str, bool]]:
    """Tamper so many times and say of each what was done and whether it was found."""
    draw = random.Random(seed)
    done = 0
    while done < count:
        kind = draw.choice(TAMPERS)
        with closing(sqlite3.connect(bench.file)) as database:
            database.execute("PRAGMA ignore_check_constraints = ON")
            said: list[str] = []
            database.set_trace_callback(said.append)
            try:
                kind(database, draw)
            except sqlite3.IntegrityError:  # a key that is taken, a column that wants a value
                continue
            database.commit()
        yield f"{kind.__name__}: {said[-2][:300]}", bench.is_found()
        bench.restore()
        done += 1


def main() -> int:
    """Tamper and print what was not found; end with 1 if there is any."""
    parser = argparse.ArgumentParser(prog="python -m tests.reliability.trail", description=__doc__)
    parser.add_argument("--count", type=int, default=1_000, help="how many tampers (1000)")
    parser.add_argument("--seed", type=int, default=1, help="draws others (1)")
    asked = parser.parse_args()
    found = Counter[str]()
    with tempfile.TemporaryDirectory(dir=databases.fastest(Path(tempfile.gettempdir()))) as name:
        bench = Bench(Path(name))
        assert not bench.is_found(), "it is broken before anything was done"
        for what, is_found in tamper(bench, asked.count, asked.seed):
            found[what.partition(":")[0] if is_found else "missed"] += 1
            if not is_found:
                print(f"missed  {what}", file=sys.stderr)
    print(", ".join(f"{kind} {count}" for kind, count in sorted(found.items())))
    print(f"{found.total() - found['missed']} of {found.total()} found")
    return 1 if found["missed"] else 0


if __name__ == "__main__":
    sys.exit(main())
