"""Kill an upgrade in the middle: the database is as before, or done, and a second run finishes it.

Most kills fall while the migration holds its lock, which is found by asking for the same lock; the
others at any moment of the run, so also while its backup is made.
"""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from tests.reliability.upgrades import clinics, rows
from tests.reliability.upgrades.clinics import Clinic
from tests.reliability.upgrades.fixtures import Fixture
from tracker.models import schema

UPGRADE_LOCK = 7041777  # of tracker/models/migrations/env.py, which only Alembic can import
POLLED_SECONDS = 0.003
PATIENCE_SECONDS = 120.0


@dataclass
class Outcome:
    """What came of it."""

    kind: str
    kills: int = 0
    in_the_middle: int = 0
    untouched: int = 0
    done: int = 0
    backups: int = 0
    copies: int = 0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Say it in a line."""
        return (
            f"{self.kind}: {self.kills} kills, {self.in_the_middle} of them while the migration "
            f"held its lock; afterwards {self.untouched} untouched, {self.done} done, all finished "
            f"by a second run; {self.backups} backups and {self.copies} copies, each with all rows "
            f"of before; {len(self.faults)} faults"
        )


def measure(fixture: Fixture, kills: int, anywhere: int, server: str = "") -> Outcome:
    """Kill so often in the middle, and so often anywhere; `server` is one of PostgreSQL."""
    outcome = Outcome("postgresql" if server else "sqlite")
    draw = random.Random(1)
    with clinics.folder() as folder:
        waited, held, whole = _undisturbed(folder, fixture, server)
        for number in range(kills + anywhere):
            middle = number < kills
            after = draw.uniform(0, held) if middle else draw.uniform(0.1 * whole, whole)
            with _clinic(folder, fixture, server) as clinic:
                before = clinic.rows()
                outcome.in_the_middle += _kill(clinic, after, middle=middle)
                outcome.kills += 1
                told = f"kill {number} after {after:.3f} s"
                outcome.faults += [f"{told}: {one}" for one in _look(clinic, before, outcome)]
    assert waited <= whole
    return outcome


@contextmanager
def _clinic(folder: Path, fixture: Fixture, server: str) -> Iterator[Clinic]:
    instance = folder / "clinic"
    with ExitStack() as stack:
        url = stack.enter_context(clinics.another_database(server, "killed")) if server else ""
        try:
            yield clinics.put(fixture, instance, url)
        finally:
            shutil.rmtree(instance)


def _undisturbed(folder: Path, fixture: Fixture, server: str) -> tuple[float, float, float]:
    """Let an upgrade end by itself; give when it took its lock, for how long, and its end."""
    with _clinic(folder, fixture, server) as clinic:
        began = time.monotonic()
        process = clinic.begin_upgrade()
        with lock_of(clinic) as is_held:
            wait_for(process, is_held)
            taken = time.monotonic()
            while is_held() and process.poll() is None:
                time.sleep(POLLED_SECONDS)
            let_go = time.monotonic()
        said = process.communicate(timeout=PATIENCE_SECONDS)[0]
        assert process.returncode == 0, said
        return taken - began, let_go - taken, time.monotonic() - began


def _kill(clinic: Clinic, after: float, *, middle: bool) -> bool:
    """Begin an upgrade and kill it; say whether it held its lock at that moment."""
    process = clinic.begin_upgrade()
    with lock_of(clinic) as is_held:
        if middle:
            wait_for(process, is_held)
        time.sleep(after)
        held = is_held()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=PATIENCE_SECONDS)
    return held


def wait_for(process: "subprocess.Popen[Any]", is_held: Callable[[], bool]) -> None:
    """Wait until an upgrade holds its lock."""
    last = time.monotonic() + PATIENCE_SECONDS
    while not is_held() and process.poll() is None and time.monotonic() < last:
        time.sleep(POLLED_SECONDS)


def _look(clinic: Clinic, before: rows.Tables, outcome: Outcome) -> Iterator[str]:
    """Look at what a kill left, run the upgrade again, and look again."""
    stands_at = schema.current(clinic.database_url)
    if stands_at == clinic.fixture.revision:
        outcome.untouched += 1
        if rows.digest(clinic.rows()) != rows.digest(before):
            yield "the schema is as before, and rows are not"
    elif stands_at == schema.head():
        outcome.done += 1
    else:
        yield f"stands half way, at {stands_at}"
    yield from clinics.faults_of_copies(clinic, before)
    process = clinic.begin_upgrade()
    said = process.communicate(timeout=PATIENCE_SECONDS)[0]
    if process.returncode:
        yield f"the second run failed: {said[-500:]}"
    yield from clinics.faults_after(clinic, before, pages=0)
    yield from clinics.faults_of_copies(clinic, before)
    made = clinics.backups(clinic)
    outcome.backups += len(made)
    outcome.copies += len(clinics.copies(clinic))
    if not made:
        yield "there is no backup of before"


@contextmanager
def lock_of(clinic: Clinic) -> Iterator[Callable[[], bool]]:
    """Give what says whether a migration holds the lock of a database."""
    if clinic.database_url.startswith("sqlite"):
        with closing(_unwaiting(clinic)) as connection:
            yield lambda: _is_locked(connection)
        return
    asked = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND granted"
    with psycopg.connect(
        clinic.database_url.replace("+psycopg", ""), autocommit=True
    ) as connection:
        yield lambda: bool(_first(connection.execute(asked, (UPGRADE_LOCK,))))


def _first(found: "psycopg.Cursor[tuple[int]]") -> int:
    row = found.fetchone()
    return row[0] if row else 0


def _unwaiting(clinic: Clinic) -> sqlite3.Connection:
    path = clinic.database_url.removeprefix("sqlite:///")
    return sqlite3.connect(path, timeout=0, isolation_level=None)


def _is_locked(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return True
    connection.execute("ROLLBACK")
    return False
