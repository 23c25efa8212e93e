"""One way to copy, check and restore a database, whichever of the two it is."""

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy.engine import make_url

from tracker.services.backups.databases import postgresql, sqlite
from tracker.services.backups.errors import BackupError
from tracker.services.backups.manifest import DatabaseCopy
from tracker.services.backups.row_digests import TableDigest


def copy(database_url: str, work: Path) -> tuple[DatabaseCopy, Path]:
    """Copy a database into a folder as of now; say what it held, and where the copy is."""
    if (file := sqlite_file(database_url)) is not None:
        return sqlite.copy(file, work / sqlite.FILE), work / sqlite.FILE
    return postgresql.copy(database_url, work / postgresql.FILE), work / postgresql.FILE


def digests(copied: DatabaseCopy, folder: Path) -> Mapping[str, TableDigest]:
    """Open a copy that was unpacked, and digest what it holds."""
    read = sqlite.digests if copied.kind == sqlite.KIND else postgresql.digests_of_dump
    return read(folder / copied.file)


def refuse_occupied(database_url: str) -> None:
    """Raise BackupError where there is a database already."""
    if (file := sqlite_file(database_url)) is not None:
        occupied = file.exists()
    else:
        occupied = not postgresql.is_empty(database_url)
    if occupied:
        raise BackupError(
            "There is a clinic here already, and it is never overwritten. Restore into an empty "
            "folder (--instance) or, with PostgreSQL, into an empty database."
        )


def refuse_other_kind(copied: DatabaseCopy, database_url: str) -> None:
    """Raise BackupError where a backup is of the other kind of database."""
    is_sqlite = sqlite_file(database_url) is not None
    if is_sqlite and copied.kind != sqlite.KIND:
        raise BackupError(
            "This is a backup of PostgreSQL. Make an empty database and name it: "
            "TRACKER_DATABASE_URL=postgresql+psycopg://..."
        )
    if not is_sqlite and copied.kind == sqlite.KIND:
        raise BackupError(
            "This is a backup of a SQLite file, and TRACKER_DATABASE_URL names another database. "
            "Unset it and restore again."
        )


def sqlite_file(database_url: str) -> Path | None:
    """Name the file of a SQLite database; None for a server."""
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite":
        return None
    if not url.database:
        raise BackupError("A database in memory cannot be backed up.")
    return Path(url.database)
