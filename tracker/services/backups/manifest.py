"""What a backup says of itself: first in the archive, encrypted with the rest."""

import json
from datetime import datetime

from msgspec import Struct

from tracker.domain.stored_content import read_stored, to_stored
from tracker.services.backups.errors import DamagedError
from tracker.services.backups.row_digests import TableDigest

FORMAT = 1


class DatabaseCopy(Struct, frozen=True):
    """A database as of one moment: the file of the archive it is in, its schema, its tables."""

    kind: str
    file: str
    schema: str
    tables: dict[str, TableDigest]


class Manifest(Struct, frozen=True):
    """What is in a backup. `files` has the SHA-256 of each file that goes with the database."""

    format: int
    made_at: datetime
    program: str
    database: DatabaseCopy
    files: dict[str, str]


def write(manifest: Manifest) -> bytes:
    """Write it as JSON that a person can read, too."""
    return json.dumps(to_stored(manifest), indent=1).encode()


def read(content: bytes) -> Manifest:
    """Read it; raise DamagedError where it is none, or one of a newer program."""
    try:
        read_as_json = json.loads(content)
        if read_as_json["format"] > FORMAT:
            raise DamagedError("This backup was made by a newer program: install that.")
        return read_stored(read_as_json, Manifest)
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedError("This backup does not say what is in it.") from error
