"""Room on the disk: who is told that it runs out, and what is refused before it has."""

import errno
import os
import shutil
import tempfile
import time
from pathlib import Path
from sqlite3 import SQLITE_FULL, SQLITE_IOERR

from msgspec import Struct
from sqlalchemy import Engine

MIB = 1024 * 1024
TELL_BELOW_BYTES = 500 * MIB
# What is left then is for lines of the trail about what is looked at, and for signing in.
REFUSE_BELOW_BYTES = 16 * MIB
# A server of PostgreSQL may stand elsewhere: that its disk is full it says itself, and is then
# asked for no more than one save in this time. Its log of changes needs room as well.
ASK_AGAIN_SECONDS = 2.0
UNSAVED = (
    "Not saved: the database does not answer. What you typed is still here; wait a minute, then "
    "save again."
)
UNSAVED_FULL = (
    "Not saved: the disk of the server is full. What you typed is still here. Tell an "
    "administrator, and save again when there is room."
)
_POSTGRESQL_FULL = frozenset({"53100", "58030"})  # disk_full, io_error
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_full_since: dict[str, float] = {}


class DiskFullError(Exception):
    """Nothing is stored, because the disk is as good as full."""

    def __init__(self) -> None:
        super().__init__("there is no room left on the disk")


class LowSpace(Struct, frozen=True):
    """A folder whose disk has little room left."""

    path: Path
    free_bytes: int


def is_full(error: BaseException) -> bool:
    """Say whether an error tells of a disk that takes nothing more."""
    if isinstance(error, DiskFullError):
        return True
    cause = getattr(error, "orig", None) or error
    if isinstance(cause, OSError) and cause.errno in _NO_ROOM:
        return True
    code = getattr(cause, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in {SQLITE_FULL, SQLITE_IOERR}
    return getattr(cause, "sqlstate", None) in _POSTGRESQL_FULL


def say_unsaved(error: BaseException) -> str:
    """Say on a form that nothing was saved, and why."""
    return UNSAVED_FULL if is_full(error) else UNSAVED


def refuse_without_room(engine: Engine) -> None:
    """Raise DiskFullError before a save begins that would take the last of the disk."""
    url = engine.url
    if url.get_backend_name() == "sqlite":
        if url.database and free_bytes(url.database) < REFUSE_BELOW_BYTES:
            raise DiskFullError
        return
    since = _full_since.get(key := str(url))
    if since is None:
        return
    if time.monotonic() - since < ASK_AGAIN_SECONDS:
        raise DiskFullError
    _full_since[key] = time.monotonic()  # this one asks


def note_full(engine: Engine) -> None:
    """Remember that the database found its disk full."""
    if engine.url.get_backend_name() != "sqlite":
        _full_since[str(engine.url)] = time.monotonic()


def note_room(engine: Engine) -> None:
    """Remember that something was stored."""
    if _full_since:
        _full_since.pop(str(engine.url), None)


def free_bytes(path: str | Path) -> int:
    """Tell how much may be written to the disk that a file or folder is on."""
    found = os.statvfs(path)
    return found.f_bavail * found.f_frsize


def low_spaces(instance: Path, *others: Path) -> list[LowSpace]:
    """List where room runs out: of the instance, of files that are made on the way, of others."""
    # One of each disk; the instance tells for all that lie on its own.
    folders = (Path(tempfile.gettempdir()), *others, instance)
    by_disk = {one.stat().st_dev: one for one in folders if one.is_dir()}
    found = [LowSpace(one, shutil.disk_usage(one).free) for one in by_disk.values()]
    return [low for low in found if low.free_bytes < TELL_BELOW_BYTES]


def note(instance: Path, *others: Path) -> str:
    """Say what an administrator must see to, or nothing."""
    return " ".join(
        f"Only {low.free_bytes // MIB} MB are free in {low.path}."
        for low in low_spaces(instance, *others)
    )


def advice() -> str:
    """Name the limits."""
    return (
        f"Below {REFUSE_BELOW_BYTES // MIB} MB nothing is saved, and records can be read only. "
        f"Make room for {TELL_BELOW_BYTES // MIB} MB and more."
    )
