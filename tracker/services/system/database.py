"""The database of an instance: set it up, keep its schema in step, say if it serves."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection, delete, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError

from tracker.config import ConfigurationError
from tracker.models import schema
from tracker.models.database import COMMAND_SECONDS, db, long_work
from tracker.models.drafts import Draft, Submission
from tracker.models.users import CountedTry, KnownDevice, SignIn, SignInBrake, UnlockLink
from tracker.services import clock
from tracker.services.unit_of_work import UNAVAILABLE, housekeeping

# A draft holds clinical text: it is kept long enough to be found again, and no longer. The audit
# trail has every sign-in for good; these rows only say which browsers are signed in.
_KEPT = (
    (Draft, Draft.kept_at, timedelta(days=90)),
    (Submission, Submission.saved_at, timedelta(days=30)),
    (SignIn, SignIn.ended_at, timedelta(days=30)),
    (CountedTry, CountedTry.at, timedelta(days=1)),
    (SignInBrake, SignInBrake.failed_at, timedelta(days=2)),
    (UnlockLink, UnlockLink.made_at, timedelta(days=1)),
    (KnownDevice, KnownDevice.seen_at, timedelta(days=200)),
)

_PART = ".part"  # of a copy that is not whole


class NewerDatabaseError(Exception):
    """The database was written by a newer program; this one must leave it alone."""


def revisions(database_url: str) -> tuple[str | None, str]:
    """Tell the database's revision (None when empty) and the one this program needs."""
    return schema.current(database_url), schema.head()


def refuse_other_schema(database_url: str) -> None:
    """Raise ConfigurationError where the database is older or newer than this program."""
    stands_at, needed = revisions(database_url)
    if stands_at != needed:
        raise ConfigurationError(_what_to_do(stands_at, needed))


def fault_of(error: Exception) -> str:
    """Say what is wrong with the database by the error it gave; nothing where the program is."""
    if isinstance(error, UNAVAILABLE) or is_damaged(error):
        message = str(getattr(error, "orig", None) or error).splitlines()[0]
        return f"The database cannot be used ({message}). Run: tracker doctor"
    if isinstance(error, ArgumentError):
        return "TRACKER_DATABASE_URL cannot be read. Is each part of it where it belongs?"
    return ""


def is_damaged(error: Exception) -> bool:
    """Say whether a SQLite file is no database, or a malformed one: no other error is so plain."""
    return type(error) is DatabaseError


def what_to_do(database_url: str) -> str:
    """Say what to do about a schema that is not this program's; nothing where it is."""
    stands_at, needed = revisions(database_url)
    return "" if stands_at == needed else _what_to_do(stands_at, needed)


def _what_to_do(stands_at: str | None, needed: str) -> str:
    if stands_at is not None and not schema.knows(stands_at):
        return (
            f"The database has schema {stands_at}, this program knows none beyond {needed}: a "
            "newer program wrote it. Nothing was changed. Install that version again; to stay with "
            "this one, restore the copy or backup from before the upgrade."
        )
    return (
        f"The database has schema {stands_at or 'none'}, this program needs {needed}. Stop what "
        "serves it, then run: tracker db upgrade (it makes a backup first)"
    )


def is_behind(database_url: str) -> bool:
    """Say whether a database with something in it is older than this program."""
    stands_at, needed = revisions(database_url)
    return stands_at is not None and stands_at != needed and schema.knows(stands_at)


def upgrade(database_url: str, instance: Path) -> tuple[str | None, str, Path | None]:
    """Upgrade alone, in one transaction; return revision before, after, and the copy kept."""
    before, needed = revisions(database_url)
    if before == needed:
        _refresh_words(database_url)  # an upgrade that was cut short is made whole
        return before, needed, None
    if before is not None and not schema.knows(before):
        raise NewerDatabaseError(_what_to_do(before, needed))
    copy = _copy_sqlite(database_url, instance, before) if before else None
    schema.upgrade(database_url)
    _refresh_words(database_url)
    return before, needed, copy


def _refresh_words(database_url: str) -> None:
    """Add the words of patients that an older program did not look them up by."""
    from tracker.services.patients import search_words

    engine = schema.open_engine(database_url, seconds=schema.UPGRADE_SECONDS)
    try:
        with engine.begin() as opened:
            search_words.refresh(opened)
    finally:
        engine.dispose()


@contextmanager
def at_length() -> Iterator[None]:
    """Let statements take as long as a command may that somebody, or a timer, gave."""
    with long_work(COMMAND_SECONDS):
        yield


def tidy() -> None:
    """Drop what nobody needs any more: old drafts, keys of forms long saved, ended sign-ins."""
    now = clock.now()
    # A full disk is no reason not to serve: what is there can be read.
    with suppress(*UNAVAILABLE), housekeeping():
        for table, column, kept in _KEPT:
            db.session.execute(delete(table).where(column < now - kept))


def _copy_sqlite(database_url: str, instance: Path, before: str) -> Path | None:
    """Copy a SQLite file by its online method: copying the file itself can miss commits.

    It is called a copy once all of it is on the disk, and not while it is made.
    """
    from tracker.services.backups import folder as backup_folder

    url = make_url(database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        return None
    folder = instance / "copies"
    folder.mkdir(exist_ok=True, mode=0o700)
    for left in folder.glob(f"*{_PART}"):  # by an upgrade that was killed
        left.unlink()
    copy = folder / f"before-upgrade-from-{before}-{clock.now():%Y%m%dT%H%M%S}.sqlite3"
    part = copy.with_name(copy.name + _PART)
    source, target = sqlite3.connect(url.database), sqlite3.connect(part)
    try:
        source.backup(target)
    finally:
        target.close()
        source.close()
    part.chmod(0o600)
    with part.open("rb") as made:
        backup_folder.flush_to_disk(made)
    part.replace(copy)
    backup_folder.sync_folder(folder)
    return copy


@contextmanager
def connection(database_url: str) -> Iterator[Connection]:
    """Connect to a database that no application has opened; SQLAlchemyError where it is silent."""
    engine = schema.open_engine(database_url)
    try:
        with engine.connect() as opened:
            yield opened
    finally:
        engine.dispose()


def is_well() -> bool:
    """Ask the database for an answer, and whether its schema is the one this program needs."""
    try:
        db.session.execute(select(1))
        stands_at = db.session.scalar(text("SELECT version_num FROM alembic_version"))
        return bool(stands_at == schema.head())
    except UNAVAILABLE:
        return False
