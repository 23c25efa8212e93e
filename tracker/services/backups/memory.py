"""What an instance remembers of its backups: where the last went, and how the last trial ended."""

import json
import os
from pathlib import Path

from msgspec import Struct

from tracker.domain.backups.status import DrillOutcome
from tracker.domain.stored_content import read_stored, to_stored

FILE = "backups.json"


class BackupMemory(Struct, frozen=True):
    """`folder` had backups when the last was made: empty now, its disk may not be mounted."""

    folder: str = ""
    drill: DrillOutcome | None = None


def recall(instance: Path) -> BackupMemory:
    """Read what is remembered; nothing where nothing is, or where it cannot be read."""
    try:
        return read_stored(json.loads((instance / FILE).read_text("utf-8")), BackupMemory)
    except (OSError, ValueError):
        return BackupMemory()


def remember(instance: Path, memory: BackupMemory) -> None:
    """Store it for the owner only, all of it or nothing."""
    part = instance / f"{FILE}.part"
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(to_stored(memory), file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    part.replace(instance / FILE)
