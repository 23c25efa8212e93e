"""Make the kept clinics again: each by the program of its version, checked out of the history.

It needs the history of main, and packages that earlier programs used: `limits`, `bootstrap-flask`.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from io import BytesIO
from pathlib import Path

import psycopg

from tests import databases
from tests.reliability.upgrades import rows
from tests.reliability.upgrades.fixtures import Fixture, Schema
from tests.reliability.upgrades.rows import Tables
from tests.reliability.upgrades.versions import Version
from tracker.services.backups.databases import postgresql_tools

ROOT = Path(__file__).resolve().parents[3]
OWN_PROGRAM = Path(__file__).with_name("own_program.py")
ROWS_MIN = 1_000
# An import on SQLite seals rows as it stored them, and on PostgreSQL as they are read again, with
# their columns in another order; either seal verifies on both.
SEALED_OTHERWISE = {"audit_event": {"previous", "seal"}, "row_seal": {"columns", "content"}}
_SQLITE_SCHEMA = (
    "SELECT type, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' "
    "ORDER BY rowid"
)


class MakingError(Exception):
    """A clinic could not be made, or not the same on both databases."""


@contextmanager
def checked_out(commit: str) -> Iterator[Path]:
    """Give a folder with the program of a commit."""
    packed = subprocess.run(
        ["git", "archive", commit, "tracker", "templates"], cwd=ROOT, capture_output=True,
        check=True,
    ).stdout  # fmt: skip
    with tempfile.TemporaryDirectory() as name:
        with tarfile.open(fileobj=BytesIO(packed)) as tar:
            tar.extractall(name, filter="data")
        yield Path(name)


def run(
    program: Path, *words: str, seconds: float = 600.0, **more: str
) -> "subprocess.CompletedProcess[str]":
    """Run Python with the modules of a program that is checked out."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("TRACKER_")}
    kept |= {"PYTHONPATH": str(program), "LOGNAME": "maker", "PYTHONHASHSEED": "0"} | more
    return subprocess.run(
        [sys.executable, *words], cwd=program, env=kept, capture_output=True, text=True,
        check=False, timeout=seconds,
    )  # fmt: skip


def make(version: Version) -> Fixture:
    """Let the program of a version make its clinic on both databases; they must come out equal."""
    with checked_out(version.commit) as program, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _furnish(program, folder / "sqlite", version)
        instance = folder / "sqlite" / "demo"
        file = instance / "tracker.sqlite3"
        tables = rows.read(f"sqlite:///{file}")
        with databases.postgresql_server(folder) as url:
            named = url.replace("postgresql://", "postgresql+psycopg://")
            _furnish(program, folder / "postgresql", version, named)
            _compare(tables, rows.read(named))
            schema = _postgresql_schema(named)
        found = str(tables["alembic_version"].rows[0][0])
        if found != version.revision or rows.count(tables) < ROWS_MIN:
            raise MakingError(f"{version.revision}: {found}, {rows.count(tables)} rows")
        keys = (instance / "keys.json").read_text(encoding="utf-8")
        return Fixture(
            version.revision, version.commit, version.at, keys, _sqlite_schema(file), schema,
            tables,
        )  # fmt: skip


def _furnish(program: Path, folder: Path, version: Version, database_url: str = "") -> None:
    folder.mkdir()
    words = [str(OWN_PROGRAM), str(folder), version.at, str(version.patients), database_url]
    done = run(program, *filter(None, words))
    if done.returncode:
        raise MakingError(f"{version.revision}: {(done.stdout + done.stderr)[-3000:]}")


def _compare(one: Tables, other: Tables) -> None:
    names = sorted({*one, *other})
    wrong = [
        name for name in names
        if name not in one or name not in other or _compared(name, one) != _compared(name, other)
    ]  # fmt: skip
    if wrong:
        raise MakingError(f"The two databases have other rows in {', '.join(wrong)}")


def _compared(name: str, tables: Tables) -> list[str]:
    left_out = SEALED_OTHERWISE.get(name, set())
    return sorted(
        repr({column: value for column, value in row.items() if column not in left_out})
        for row in tables[name].named()
    )


def _sqlite_schema(file: Path) -> Schema:
    with closing(sqlite3.connect(file)) as connection:
        found = connection.execute(_SQLITE_SCHEMA).fetchall()
    tables = [sql for kind, sql in found if kind == "table"]
    return Schema(tables, [sql for kind, sql in found if kind != "table"])


def _postgresql_schema(database_url: str) -> Schema:
    with psycopg.connect(database_url.replace("+psycopg", "")) as connection:
        tools = postgresql_tools.find(connection.info.server_version // 10_000)
    return Schema(*(_dumped(tools.dump, database_url, part) for part in ("pre-data", "post-data")))


def _dumped(dump: str, database_url: str, section: str) -> list[str]:
    """Give the statements of a part, without what is of the program that dumped them."""
    done = subprocess.run(
        [dump, "--no-owner", "--no-privileges", f"--section={section}",
         database_url.replace("+psycopg", "")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    left_out = ("--", "SET ", "SELECT pg_catalog.set_config", "\\")
    return [line for line in done.stdout.splitlines() if line and not line.startswith(left_out)]


def needs() -> list[str]:
    """Say what is lacking here to make anything."""
    lacking = [] if shutil.which("git") and (ROOT / ".git").exists() else ["the history of main"]
    shallow = (ROOT / ".git" / "shallow").exists()
    return [*lacking, "the whole history: git fetch --unshallow"] if shallow else lacking
