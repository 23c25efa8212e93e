"""Lines about what was looked at while the disk was full: kept in a file that has its room already.

Every look leaves a line, and a full disk takes none. So that records can be read just then, lines
wait here, each on the disk before its page is shown, until the trail takes them up. Nothing that
stores anything else waits: it is refused.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

NAME = "waiting-lines"
SIZE_BYTES = 2 * 1024 * 1024  # some 6,000 looks
_HEAD_BYTES = 16  # how many bytes of lines follow, in digits


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


def is_any(instance: Path) -> bool:
    """Say whether a line waits; asked after every save."""
    try:
        file = os.open(instance / NAME, os.O_RDONLY)
    except OSError:
        return False
    try:
        return _count_used(file) > 0
    finally:
        os.close(file)


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
