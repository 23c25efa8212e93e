"""Restore a backup where no clinic is: all of it is checked before anything is put in its place."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from tracker import config
from tracker.models import schema
from tracker.services.backups import archive, belongings, folder, row_digests
from tracker.services.backups.databases import either, postgresql, sqlite
from tracker.services.backups.errors import BackupError
from tracker.services.backups.key import BackupKey
from tracker.services.backups.manifest import Manifest

RESTORED_SETTINGS = "restored-settings.env"
_WORK = "restore-work-"


class RestoreResult(Struct, frozen=True):
    """What was restored; `is_behind` where its schema is older than the program."""

    manifest: Manifest
    rows: int
    is_behind: bool


def refuse_occupied(instance: Path, database_url: str) -> None:
    """Raise BackupError where a clinic is set up already."""
    if (instance / config.KEYS_FILE).exists():
        raise BackupError(
            f"{instance} is set up already, and a clinic is never overwritten. "
            "Restore into an empty folder: --instance DIR"
        )
    either.refuse_occupied(database_url)


def restore(
    backup: Path, key: BackupKey, *, instance: Path, database_url: str,
    environ: Mapping[str, str] | None = None,
) -> RestoreResult:  # fmt: skip
    """Restore a backup into an empty instance and compare every row with what was backed up.

    The database comes last: until it is there, nothing can be served.
    """
    refuse_occupied(instance, database_url)
    environ = os.environ if environ is None else environ

    def look(manifest: Manifest) -> None:
        either.refuse_other_kind(manifest.database, database_url)
        if not schema.knows(manifest.database.schema):
            raise BackupError(
                f"This backup has schema {manifest.database.schema}, which this program does not "
                "know. It was made by a newer one: install that."
            )

    with _open(backup) as source, _work_in(instance) as work:
        manifest = archive.unpack(source, work, private=key.private, look=look)
        if others := belongings.differing_keys(work, environ):
            raise BackupError(
                f"This machine sets other keys than the backup has: {', '.join(others)}. Unset "
                "them, so that the restored ones are used."
            )
        tables = manifest.database.tables
        row_digests.compare(tables, either.digests(manifest.database, work))
        with _undo_where_it_fails() as placed:
            _put_files(manifest, work, instance, placed)
            _put_database(manifest, work, database_url)
        (instance / config.MAIL_FOLDER).mkdir(exist_ok=True, mode=0o700)
    return RestoreResult(
        manifest, row_digests.count_rows(tables), manifest.database.schema != schema.head()
    )


@contextmanager
def _open(backup: Path) -> Iterator[BinaryIO]:
    try:
        with backup.open("rb") as source:
            yield source
    except OSError as error:
        raise BackupError(f"It cannot be restored: {error.strerror} ({error.filename}).") from error


@contextmanager
def _work_in(instance: Path) -> Iterator[Path]:
    instance.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix=_WORK, dir=instance) as work:
        yield Path(work)


@contextmanager
def _undo_where_it_fails() -> Iterator[list[Path]]:
    """Give a list of what is put in its place: keys without a database would look like a clinic."""
    placed: list[Path] = []
    try:
        yield placed
    except BaseException:
        for path in placed:
            path.unlink(missing_ok=True)
        raise


def _put_files(manifest: Manifest, work: Path, instance: Path, placed: list[Path]) -> None:
    for name in manifest.files:
        target = instance / (RESTORED_SETTINGS if name == belongings.SETTINGS_FILE else name)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _move(work / name, target)
        placed.append(target)


def _put_database(manifest: Manifest, work: Path, database_url: str) -> None:
    copied = work / manifest.database.file
    file = either.sqlite_file(database_url)
    if file is not None:
        sqlite.settle(copied)
        return _move(copied, file)
    postgresql.restore(copied, database_url)
    row_digests.compare(manifest.database.tables, postgresql.digests(database_url))
    return None


def _move(source: Path, target: Path) -> None:
    """Move a file into place, on the disk before it has its name."""
    if target.exists():
        raise BackupError(f"{target} is there already, and is not overwritten.")
    part = target.with_name(f"{target.name}.part")
    shutil.move(source, part)
    part.chmod(0o600)
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(target)
    folder.sync_folder(target.parent)
