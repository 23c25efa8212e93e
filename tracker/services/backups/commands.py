"""Back an instance up: copy, encrypt, open again and compare, and only then give it its name."""

import os
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from tracker.config import Settings
from tracker.domain.access import Actor, Permission, Subject, authorize
from tracker.domain.backups.keeping import KeepRule
from tracker.services.backups import archive, belongings, folder, memory, row_digests
from tracker.services.backups import key as backup_key
from tracker.services.backups.databases import either
from tracker.services.backups.errors import BackupError, DamagedError
from tracker.services.backups.manifest import FORMAT, Manifest
from tracker.services.unit_of_work import audit

NO_KEY = "There is no backup key yet. Run: tracker backup key"


class BackupMade(Struct, frozen=True):
    """A backup that is whole: its file, what is in it, and how many older ones went."""

    path: Path
    size_bytes: int
    tables: int
    rows: int
    seconds: float
    kept: int
    removed: int


def make(
    settings: Settings,
    *,
    at: datetime,
    accepted: bool = False,
    environ: Mapping[str, str] | None = None,
) -> BackupMade:
    """Make a backup, check it, and remove those that the rule gives up.

    It has everything that was saved before it began. Needs no application, so that a database can
    be backed up whatever its schema; who asks for it says so in the trail (`note`).
    """
    began = time.monotonic()
    public = backup_key.public_half(settings.instance)
    if public is None:
        raise BackupError(NO_KEY)
    with folder.exclusive_work(settings) as work:
        place = folder.ready(settings, accepted=accepted)
        path = folder.free_name(place, at)
        copied, database = either.copy(settings.database_url, work)
        files = belongings.collect(settings, os.environ if environ is None else environ)
        manifest = Manifest(FORMAT, at, _program(), copied, archive.hashes(files))
        with folder.writing(path) as (file, part):
            file_key = archive.pack(file, public, manifest, database, files)
            folder.flush_to_disk(file)
            database.unlink()  # its room is needed for what is unpacked
            _compare(part, file_key, manifest, work)
            # Before it has its name: whoever is killed between the two is not told by the next
            # backup that these are another clinic's.
            remembered = memory.recall(settings.instance)
            memory.remember(settings.instance, replace(remembered, folder=str(place)))
        removed = folder.clear_out(place, KeepRule(*settings.backup_keep), at)
    return BackupMade(
        path, path.stat().st_size, len(copied.tables), row_digests.count_rows(copied.tables),
        time.monotonic() - began, len(folder.backups_in(place)), removed,
    )  # fmt: skip


def note(action: str, detail: str, *, by: Actor) -> None:
    """Say in the trail what was done: which backup, how many rows, nothing of what they hold."""
    authorize(by, Permission.SETTINGS_MANAGE, Subject(by.clinic_id))
    audit(by, action, detail=detail)


def _compare(part: Path, file_key: bytes, manifest: Manifest, work: Path) -> None:
    """Open a backup as somebody would who restores it, and compare all of it with what was copied.

    The key of this one file is still at hand; the server cannot open it again later.
    """
    unpacked = work / "unpacked"
    unpacked.mkdir(mode=0o700)
    try:
        with part.open("rb") as source:
            found = archive.unpack(source, unpacked, file_key=file_key)
    except OSError as error:
        raise BackupError(
            f"The backup cannot be checked: there is no room to unpack it in {work.parent} "
            f"({error.strerror}). It was not kept; earlier backups stand as they were."
        ) from error
    if found != manifest:
        raise DamagedError("The backup does not say what was backed up. It was not kept.")
    row_digests.compare(manifest.database.tables, either.digests(found.database, unpacked))


def _program() -> str:
    from importlib.metadata import version

    return version("ketamine-session-tracker")
