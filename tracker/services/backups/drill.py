"""Restore a backup on trial, as on the day it is needed, and remember how that went."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from tracker import config
from tracker.config import Settings
from tracker.domain.audit.hash_chain import ChainCheck
from tracker.domain.backups.status import DrillOutcome
from tracker.models import db
from tracker.services.audit import queries as audit_queries
from tracker.services.backups import folder, memory, restoring
from tracker.services.backups.databases import either, postgresql
from tracker.services.backups.errors import BackupError
from tracker.services.backups.key import BackupKey
from tracker.services.system import database as system_database

_WORK = "drill-work-"


class Drill(Struct, frozen=True):
    """A trial that succeeded."""

    outcome: DrillOutcome
    tables: int
    rows: int
    upgraded_from: str | None
    trail_lines: int


def verify_trail() -> ChainCheck:
    """Verify the audit trail of the restored clinic that is open, and close its database."""
    try:
        return audit_queries.verify()
    finally:
        db.session.remove()
        db.engine.dispose()


def newest(settings: Settings) -> Path:
    """Find the newest backup."""
    found = folder.backups_in(settings.backup_folder)
    if not found:
        raise BackupError(f"There is no backup in {settings.backup_folder}. Run: tracker backup")
    return found[max(found)]


def drill(
    settings: Settings, backup: Path, key: BackupKey, *, at: datetime,
    verify: Callable[[Settings], ChainCheck], database_url: str = "",
) -> Drill:  # fmt: skip
    """Restore a backup in a folder that goes again, upgrade it, and verify its trail.

    On PostgreSQL it takes a database of its own for it, or the empty one that is given. How it
    ended is remembered, also where it fails with BackupError.
    """
    began = time.monotonic()
    try:
        with _place(settings, at, database_url) as (clinic, url):
            restored = restoring.restore(backup, key, instance=clinic, database_url=url, environ={})
            before, after, _ = system_database.upgrade(url, clinic)
            chain = verify(config.read(clinic, {"TRACKER_DATABASE_URL": url}))
            if not chain.intact:
                raise BackupError(
                    f"Restored, but its audit trail is broken at line {chain.broken_at}: "
                    f"{chain.reason}."
                )
    except BackupError as error:
        _remember(settings, _outcome(backup, at, began, reason=str(error)))
        raise
    outcome = _outcome(backup, at, began)
    _remember(settings, outcome)
    tables = len(restored.manifest.database.tables)
    return Drill(outcome, tables, restored.rows, before if before != after else None, chain.lines)


def _outcome(backup: Path, at: datetime, began: float, reason: str = "") -> DrillOutcome:
    return DrillOutcome(at, backup.name, time.monotonic() - began, not reason, reason)


def _remember(settings: Settings, outcome: DrillOutcome) -> None:
    before = memory.recall(settings.instance)
    memory.remember(settings.instance, replace(before, drill=outcome))


@contextmanager
def _place(settings: Settings, at: datetime, database_url: str) -> Iterator[tuple[Path, str]]:
    """Give an empty folder and an empty database, and leave nothing of either."""
    with tempfile.TemporaryDirectory(prefix=_WORK, dir=settings.instance) as work:
        clinic = Path(work) / "clinic"
        if database_url:
            either.refuse_occupied(database_url)
            try:
                yield clinic, database_url
            finally:
                postgresql.empty(database_url)
        elif either.sqlite_file(settings.database_url) is not None:
            yield clinic, config.database_url(clinic, {})
        else:
            name = f"tracker_drill_{at:%Y%m%dt%H%M%S}"
            with postgresql.scratch(settings.database_url, name) as url:
                yield clinic, url
