"""Pack a backup and unpack it: a tar of a manifest, the database and files, gzipped, encrypted.

Both go as a stream, a chunk at a time, so that memory stays flat however large the clinic is.
"""

import gzip
import hashlib
import io
import shutil
import tarfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from tracker.services.backups import manifest as manifests
from tracker.services.backups.encryption import CHUNK_BYTES, DecryptingReader, EncryptingWriter
from tracker.services.backups.errors import DamagedError
from tracker.services.backups.manifest import Manifest

MANIFEST = "manifest.json"
_LEVEL = 1  # six times as fast as the usual one, for a tenth more bytes
_DAMAGED = "This backup is damaged: its content cannot be unpacked."


def pack(
    target: BinaryIO, public: bytes, manifest: Manifest, database: Path, files: Mapping[str, bytes]
) -> bytes:
    """Write a backup for a key and return the key of this one file."""
    encrypting = EncryptingWriter(target, public)
    with (
        gzip.GzipFile("", "wb", _LEVEL, encrypting, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar,
        database.open("rb") as copied,
    ):
        _add(tar, MANIFEST, manifests.write(manifest))
        for name, content in files.items():
            _add(tar, name, content)
        tar.addfile(_member(manifest.database.file, database.stat().st_size), copied)
    encrypting.finish()
    return encrypting.file_key


def unpack(
    source: BinaryIO,
    into: Path,
    *,
    private: bytes = b"",
    file_key: bytes = b"",
    look: Callable[[Manifest], object] = lambda _: None,
) -> Manifest:
    """Unpack a backup to its end into an empty folder, and say what it was to hold.

    `look` may refuse it by its manifest, before the rest is unpacked. Raise DamagedError where
    anything is not as it was packed.
    """
    raw: io.RawIOBase = DecryptingReader(source, private=private, file_key=file_key)
    decrypting = io.BufferedReader(raw, CHUNK_BYTES)
    try:
        with gzip.GzipFile(fileobj=decrypting, mode="rb") as packed:
            with tarfile.open(fileobj=packed, mode="r|") as tar:
                manifest = _read_manifest(tar)
                look(manifest)
                found = dict(_extract(tar, member, into) for member in iter(tar.next, None))
            while packed.read(CHUNK_BYTES):  # to the end: only there it shows that it is whole
                pass
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DamagedError(_DAMAGED) from error
    if found.pop(manifest.database.file, None) is None or found != manifest.files:
        raise DamagedError("This backup does not hold the files that it lists.")
    return manifest


def hashes(files: Mapping[str, bytes]) -> dict[str, str]:
    """Hash the files that go with a database, as they are compared when they are unpacked."""
    return {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    tar.addfile(_member(name, len(content)), io.BytesIO(content))


def _read_manifest(tar: tarfile.TarFile) -> Manifest:
    first = tar.next()
    content = tar.extractfile(first) if first and first.name == MANIFEST else None
    if content is None:
        raise DamagedError("This backup does not say what is in it.")
    return manifests.read(content.read())


def _extract(tar: tarfile.TarFile, member: tarfile.TarInfo, into: Path) -> tuple[str, str]:
    """Write one file for its owner only, and return its name with its SHA-256."""
    path = PurePosixPath(member.name)
    content = tar.extractfile(member) if member.isreg() else None
    if content is None or path.is_absolute() or ".." in path.parts:
        raise DamagedError(_DAMAGED)
    target = into / path
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with target.open("xb") as file:
        target.chmod(0o600)
        shutil.copyfileobj(content, file, CHUNK_BYTES)
    with target.open("rb") as file:
        return member.name, hashlib.file_digest(file, "sha256").hexdigest()
