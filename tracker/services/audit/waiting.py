"""Lines about what was looked at while the disk was full: kept in a file that has its room already.

Every look leaves a line, and a full disk takes none. So that records can be read just then, lines
wait here, each on the disk before its page is shown, until the trail takes them up. Nothing that
stores anything else waits: it is refused.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

NAME = "waiting-lines"
SIZE_BYTES = 2 * 1024 * 1024  # some 6,000 looks
_HEAD_BYTES = 16  # how many bytes of lines follow, in digits
_SETTLED_NS = 10**9
_empty: dict[str, int] = {}  # when a file was changed last in which no line waited, by its path


def prepare(instance: Path) -> None:
    """Give the file its room while there is some; without it a full disk shows nothing."""
    path = instance / NAME
    with suppress(OSError):
        if path.exists() and path.stat().st_size == SIZE_BYTES:
            return
        making = path.with_suffix(".new")
        descriptor = os.open(making, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            # Written and not only reserved: what is written over later then needs no block.
            file.write(_head(0).ljust(SIZE_BYTES, b"\0"))
            file.flush()
            os.fsync(file.fileno())
        making.replace(path)


def keep(instance: Path, line: dict[str, Any]) -> bool:
    """Let a line wait; False where there is no file for it, or no room in it."""
    content = json.dumps(line, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
    try:
        with _lock(instance) as file:
            used = _count_used(file)
            if _HEAD_BYTES + used + len(content) > SIZE_BYTES:
                return False
            os.pwrite(file, content, _HEAD_BYTES + used)
            os.pwrite(file, _head(used + len(content)), 0)
            os.fdatasync(file)
            return True
    except OSError:
        return False


def is_any(instance: str | Path) -> bool:
    """Say whether a line waits; asked after every save, so a file that has not changed is left."""
    path = f"{instance}/{NAME}"
    try:
        changed_ns = os.stat(path).st_mtime_ns  # noqa: PTH116 - of a path it takes twice as long
    except OSError:
        return False
    if _empty.get(path) == changed_ns:
        return False
    with Path(path).open("rb", buffering=0) as file:
        is_empty = _count_used(file.fileno()) == 0
    # A change right after this one may bear the same time.
    if is_empty and time.time_ns() - changed_ns > _SETTLED_NS:
        _empty[path] = changed_ns
    return not is_empty


@contextmanager
def taking(instance: Path) -> Iterator[list[dict[str, Any]]]:
    """Give the lines that wait, for this process alone; they are gone when the block ends well."""
    with _lock(instance) as file:
        used = _count_used(file)
        yield [json.loads(line) for line in os.pread(file, used, _HEAD_BYTES).splitlines()]
        os.pwrite(file, _head(0), 0)
        os.pwrite(file, b"\0" * used, _HEAD_BYTES)  # names need not lie about
        os.fdatasync(file)


@contextmanager
def _lock(instance: Path) -> Iterator[int]:
    file = os.open(instance / NAME, os.O_RDWR)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file
    finally:
        os.close(file)


def _count_used(file: int) -> int:
    digits = os.pread(file, _HEAD_BYTES, 0).strip(b"\0\n ")
    return int(digits) if digits.isdigit() else 0


def _head(used: int) -> bytes:
    return f"{used:<{_HEAD_BYTES - 1}}\n".encode()
