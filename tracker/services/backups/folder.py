"""The folder that takes the backups: what is in it, writing into it, what may go from it."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from tracker.config import Settings
from tracker.domain.backups import keeping
from tracker.domain.backups.file_names import SUFFIX, file_name, time_in
from tracker.domain.backups.keeping import KeepRule
from tracker.services.backups import memory
from tracker.services.backups.errors import BackupError

_PART = ".part"  # what is not whole and not compared yet
_WORK = "backup-work-"  # a folder of the instance, on the disk that the database is on
_LOCK = "backup.lock"
_EMPTY = (
    "{} is empty, and had backups before. Is its disk mounted?\n"
    "If the disk is a new one, or the old backups were moved: tracker backup --this-folder"
)
_STRANGE = (
    "{} has backups that this instance did not make. A folder is for one clinic alone.\n"
    "If they are this clinic's, from before it was restored: tracker backup --this-folder"
)
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def backups_in(folder: Path) -> dict[datetime, Path]:
    """Find the backups that are whole, oldest first: no other file has such a name.

    A folder, or a link that leads nowhere, is none, whatever it is called.
    """
    if not folder.is_dir():
        return {}
    found = {
        at: path
        for path in folder.iterdir()
        if (at := time_in(path.name)) is not None and path.is_file()
    }
    return dict(sorted(found.items()))


@contextmanager
def exclusive_work(settings: Settings) -> Iterator[Path]:
    """Be the only one who backs this instance up, and give a folder to work in, which then goes.

    Whatever a backup left that was killed is removed: with the lock in hand it is nobody's.
    """
    import fcntl  # pages, which look into the folder, run where there is none, too

    lock = os.open(settings.instance / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupError("Another backup is under way. Wait until it has ended.") from error
        for left in settings.instance.glob(f"{_WORK}*"):
            if left.is_dir() and not left.is_symlink():
                shutil.rmtree(left)
        with tempfile.TemporaryDirectory(prefix=_WORK, dir=settings.instance) as work:
            yield Path(work)
    finally:
        os.close(lock)


def ready(settings: Settings, *, accepted: bool = False) -> Path:
    """Give the folder for a backup; raise BackupError where it looks like the wrong one.

    Empty, it may be where a disk should be mounted. With backups that this instance knows nothing
    of, it may be another clinic's, whose backups would go by our rule.
    """
    folder = settings.backup_folder
    if folder == settings.instance / folder.name:
        folder.mkdir(exist_ok=True, mode=0o700)
    if not folder.is_dir():
        raise BackupError(
            f"There is no folder {folder}. Make it, or mount its disk: TRACKER_BACKUP_FOLDER."
        )
    left = [
        one for one in folder.glob(f"*{SUFFIX}{_PART}") if time_in(one.name.removesuffix(_PART))
    ]
    is_known = memory.recall(settings.instance).folder == str(folder)
    # What a first backup left that was killed shows that the disk is there.
    has_any = bool(backups_in(folder)) or (is_known and bool(left))
    if is_known != has_any and not accepted:
        raise BackupError(_EMPTY.format(folder) if is_known else _STRANGE.format(folder))
    for one in left:
        one.unlink()
    return folder


def free_name(folder: Path, at: datetime) -> Path:
    """Name the next backup: no two are of the same second."""
    while (path := folder / file_name(at)).exists():
        at += timedelta(seconds=1)
    return path


@contextmanager
def writing(path: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """Write a file under a name that says it is not whole; give the file and that name.

    Where all goes well it is on the disk, and gets its own name. Else nothing is left of it.
    """
    part = path.with_name(path.name + _PART)
    try:
        descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w+b") as file:
            yield file, part
        part.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        _remove(part)
        if error.errno not in _FULL:
            raise BackupError(f"{path.parent} cannot be written to ({error.strerror}).") from error
        raise BackupError(
            f"There is no room for a backup on the disk of {path.parent}. Nothing of it was kept; "
            "earlier backups stand as they were. Make room and try again."
        ) from error
    except BaseException:
        _remove(part)
        raise


def flush_to_disk(file: BinaryIO) -> None:
    """Wait until all is on the disk, and forget it, so that it is read back from there."""
    file.flush()
    os.fsync(file.fileno())
    if hasattr(os, "posix_fadvise"):
        with suppress(OSError):
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, where its file system can say so."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def clear_out(folder: Path, rule: KeepRule, now: datetime) -> int:
    """Remove the backups that the rule gives up, and count them; never the newest."""
    found = backups_in(folder)
    gone = keeping.list_outdated(found, rule, now)
    for at in gone:
        found[at].unlink()
    return len(gone)


def _remove(part: Path) -> None:
    with suppress(OSError):
        part.unlink(missing_ok=True)
