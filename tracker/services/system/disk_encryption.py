"""Whether the disk under a folder is encrypted, as far as Linux shows it."""

import os
import stat
from pathlib import Path

BLOCKS = Path("/sys/dev/block")  # docs.kernel.org, ABI sysfs-block
MOUNTS = Path("/proc/mounts")
_ENCRYPTED = "CRYPT-"  # how device-mapper begins the name of what dm-crypt made


def is_encrypted(
    folder: Path, *, device: int = 0, blocks: Path = BLOCKS, mounts: Path = MOUNTS
) -> bool | None:
    """Say whether all that a folder lies on is encrypted; None where nobody can see that here.

    Encryption below the machine, of a host or a self-encrypting disk, cannot be seen.
    """
    try:
        device = device or folder.stat().st_dev
        if os.major(device) == 0:  # of btrfs, overlays and memory the folder names no disk
            device = _named_device(folder.resolve(), mounts)
        place = blocks / f"{os.major(device)}:{os.minor(device)}"
        return _is_encrypted(place.resolve()) if device and place.exists() else None
    except (OSError, ValueError):
        return None


def _is_encrypted(block: Path) -> bool:
    name = block / "dm" / "uuid"
    if name.is_file() and name.read_text(encoding="utf-8").startswith(_ENCRYPTED):
        return True
    below = sorted((block / "slaves").glob("*"))
    return bool(below) and all(_is_encrypted(one.resolve()) for one in below)


def _named_device(folder: Path, mounts: Path) -> int:
    best, found = "", 0
    for line in mounts.read_text(encoding="utf-8").splitlines():
        source, point, *_ = line.split(" ")
        if folder.is_relative_to(point) and len(point) >= len(best):
            path = Path(source)
            block = path.is_absolute() and path.exists() and stat.S_ISBLK(path.stat().st_mode)
            best, found = point, path.stat().st_rdev if block else 0
    return found
