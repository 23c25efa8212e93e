"""Copy a SQLite file while it is written to, and digest its rows.

Copying the file itself can miss what was saved last (sqlite.org/howtocorrupt.html, section 1.2).
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tracker.services.backups import row_digests
from tracker.services.backups.errors import BackupError, DamagedError
from tracker.services.backups.manifest import DatabaseCopy
from tracker.services.backups.row_digests import TableDigest

KIND, FILE = "sqlite", "tracker.sqlite3"
_BUSY_SECONDS = 30
_TABLES = (
    r"SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'"
)


def copy(database: Path, target: Path) -> DatabaseCopy:
    """Copy a database as of now, with the digests of what it held at this very moment.

    One read transaction holds both: writers go on meanwhile, and none of what they do is seen.
    """
    if not database.is_file():
        raise BackupError(f"There is no database {database}. Was the instance set up?")
    try:
        with _open(database) as source:
            source.execute("BEGIN")
            tables = _digests(source)
            schema = _schema(source)
            with closing(sqlite3.connect(target)) as made:
                source.backup(made)
            target.chmod(0o600)
            return DatabaseCopy(KIND, FILE, schema, tables)
    except sqlite3.Error as error:
        raise BackupError(
            f"The database cannot be copied ({error}). Is there room in {target.parent.parent}?"
        ) from error


def digests(database: Path) -> dict[str, TableDigest]:
    """Open a file again, see that it is sound, and digest the rows of its tables."""
    try:
        with _open(database) as opened:
            if (found := opened.execute("PRAGMA integrity_check(1)").fetchone()[0]) != b"ok":
                raise DamagedError(f"The database in this backup is damaged: {found!r}.")
            return _digests(opened)
    except sqlite3.Error as error:
        raise DamagedError(f"The database in this backup cannot be read ({error}).") from error


def settle(database: Path) -> None:
    """Bring all of a database into its one file, so that it can be moved."""
    with _open(database) as opened:
        opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextmanager
def _open(database: Path) -> Iterator[sqlite3.Connection]:
    with closing(
        sqlite3.connect(database, isolation_level=None, timeout=_BUSY_SECONDS)
    ) as connection:
        connection.text_factory = bytes  # as it is stored, whatever it is
        yield connection


def _schema(connection: sqlite3.Connection) -> str:
    try:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError:
        row = None
    if row is None:
        raise BackupError("There is nothing to back up yet. Run: tracker init")
    return str(row[0], "utf-8")


def _digests(connection: sqlite3.Connection) -> dict[str, TableDigest]:
    names = [str(row[0], "utf-8") for row in connection.execute(_TABLES)]
    found = {}
    for name in names:
        quoted = name.replace('"', '""')
        rows = connection.execute(f'SELECT * FROM "{quoted}"')  # noqa: S608 - a name of its own
        found[name] = row_digests.digest(repr(row).encode() for row in rows)
    return found
