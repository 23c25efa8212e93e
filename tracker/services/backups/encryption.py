"""Encrypt a stream for one key, and open it again: the format of age, version 1.

Whoever encrypts needs the public half of a key alone, so the server cannot read its own backups.
The format is public (https://c2sp.org/age), so the `age` program opens a backup where this one
cannot be had. Every part is authenticated, the end too: what was cut short is noticed.
"""

import base64
import hashlib
import hmac
import io
import secrets
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tracker.services.backups.errors import BackupError, DamagedError

CHUNK_BYTES = 64 * 1024
_TAG_BYTES = 16
_VERSION = b"age-encryption.org/v1"
_KIND = b"X25519"
_FILE_KEY_BYTES = 16
_LINE_MOST = 1024  # bytes of a line of the header: more is no header
_STANZAS_MOST = 20
_CUT_OR_CHANGED = "This backup is damaged: it was changed or cut short."


def _derive(secret: bytes, salt: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt or None, purpose).derive(secret)


def _encode(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")


def _decode(text: bytes) -> bytes:
    try:
        data = base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except ValueError as error:
        raise DamagedError(_CUT_OR_CHANGED) from error
    if _encode(data) != text:  # one spelling alone, as the format asks
        raise DamagedError(_CUT_OR_CHANGED)
    return data


def _wrapping_key(shared: bytes, share: bytes, public: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(_derive(shared, share + public, _VERSION + b"/" + _KIND))


def _seal_header(file_key: bytes, header: bytes) -> bytes:
    return hmac.new(_derive(file_key, b"", b"header"), header, hashlib.sha256).digest()


def _nonce(number: int, *, last: bool) -> bytes:
    """Count the chunks: none can change places, and only the last says that it is."""
    return number.to_bytes(11, "big") + bytes([last])


class EncryptingWriter(io.RawIOBase):
    """A file to write to, whose content reaches `target` encrypted; `file_key` opens it again."""

    def __init__(self, target: BinaryIO, public: bytes) -> None:
        """Write the header, for whoever holds the private half of a public key."""
        super().__init__()
        self._target = target
        self._number = 0
        self._waiting = bytearray()
        self.file_key = secrets.token_bytes(_FILE_KEY_BYTES)
        private = X25519PrivateKey.generate()  # used once, and forgotten
        share = private.public_key().public_bytes_raw()
        shared = private.exchange(X25519PublicKey.from_public_bytes(public))
        wrapped = _wrapping_key(shared, share, public).encrypt(bytes(12), self.file_key, None)
        header = b"\n".join(
            (_VERSION, b"-> " + _KIND + b" " + _encode(share), _encode(wrapped), b"---")
        )
        nonce = secrets.token_bytes(16)
        target.write(header + b" " + _encode(_seal_header(self.file_key, header)) + b"\n" + nonce)
        self._cipher = ChaCha20Poly1305(_derive(self.file_key, nonce, b"payload"))

    def writable(self) -> bool:
        """Say that it is written to."""
        return True

    def write(self, data: "bytes | bytearray | memoryview", /) -> int:  # type: ignore[override]
        """Encrypt each chunk that is full, and that something follows."""
        self._waiting += data
        while len(self._waiting) > CHUNK_BYTES:
            self._write_chunk(bytes(self._waiting[:CHUNK_BYTES]), last=False)
            del self._waiting[:CHUNK_BYTES]
        return len(data)

    def finish(self) -> None:
        """Write the last chunk; without it nobody takes the file for whole."""
        self._write_chunk(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _write_chunk(self, chunk: bytes, *, last: bool) -> None:
        self._target.write(self._cipher.encrypt(_nonce(self._number, last=last), chunk, None))
        self._number += 1


class DecryptingReader(io.RawIOBase):
    """A file to read from, whose content comes from `source` and is checked chunk by chunk.

    Whoever reads must read to the end: only there it shows that nothing was cut off.
    """

    def __init__(self, source: BinaryIO, *, private: bytes = b"", file_key: bytes = b"") -> None:
        """Read the header, by the private key or by the key of this very file."""
        super().__init__()
        self._source = source
        header, shares, sealed = _read_header(source)
        file_key = file_key or _unwrap(shares, private)
        if not hmac.compare_digest(_seal_header(file_key, header), sealed):
            raise DamagedError(_CUT_OR_CHANGED)
        nonce = source.read(16)
        self._cipher = ChaCha20Poly1305(_derive(file_key, nonce, b"payload"))
        self._number = 0
        self._ended = False
        self._chunk = b""
        self._next = self._read_sealed()

    def readable(self) -> bool:
        """Say that it is read from."""
        return True

    def readinto(self, buffer: bytearray, /) -> int:  # type: ignore[override]
        """Give what comes next; nothing at the end."""
        if not self._chunk and not self._ended:
            self._chunk = self._open_next()
        count = min(len(buffer), len(self._chunk))
        buffer[:count] = self._chunk[:count]
        self._chunk = self._chunk[count:]
        return count

    def _read_sealed(self) -> bytes:
        return self._source.read(CHUNK_BYTES + _TAG_BYTES)

    def _open_next(self) -> bytes:
        sealed, self._next = self._next, self._read_sealed()
        self._ended = not self._next
        try:
            chunk = self._cipher.decrypt(_nonce(self._number, last=self._ended), sealed, None)
        except InvalidTag as error:
            raise DamagedError(_CUT_OR_CHANGED) from error
        if not chunk and self._number:
            raise DamagedError(_CUT_OR_CHANGED)
        self._number += 1
        return chunk


def _read_line(source: BinaryIO) -> bytes:
    line = source.readline(_LINE_MOST)
    if not line.endswith(b"\n"):
        raise DamagedError(_CUT_OR_CHANGED)
    return line


def _read_header(source: BinaryIO) -> tuple[bytes, list[tuple[bytes, bytes]], bytes]:
    """Read what is sealed of the header, each share with the key wrapped for it, and the seal."""
    if source.readline(_LINE_MOST) != _VERSION + b"\n":
        raise BackupError("This file is no backup of the tracker.")
    header = _VERSION + b"\n"
    shares: list[tuple[bytes, bytes]] = []
    line = _read_line(source)
    while line.startswith(b"-> ") and len(shares) < _STANZAS_MOST:
        words, body = line.split(), b""
        header += line
        while True:
            line = _read_line(source)
            header += line
            body += line.strip(b"\n")
            if len(line) < 65:  # a full line of a body has 64 characters and goes on
                break
        shares.append((words[2], body) if words[1:2] == [_KIND] and len(words) == 3 else (b"", b""))
        line = _read_line(source)
    if not line.startswith(b"--- "):
        raise DamagedError(_CUT_OR_CHANGED)
    return header + b"---", shares, _decode(line[4:-1])


def _unwrap(shares: list[tuple[bytes, bytes]], private: bytes) -> bytes:
    """Find the key of the file among those wrapped for others."""
    key = X25519PrivateKey.from_private_bytes(private)
    public = key.public_key().public_bytes_raw()
    for share, wrapped in ((_decode(a), _decode(b)) for a, b in shares if a):
        if len(share) != 32 or len(wrapped) != _FILE_KEY_BYTES + _TAG_BYTES:
            continue
        try:
            shared = key.exchange(X25519PublicKey.from_public_bytes(share))
            return _wrapping_key(shared, share, public).decrypt(bytes(12), wrapped, None)
        except (InvalidTag, ValueError):
            continue
    raise BackupError(
        "This key does not open this backup. Was it made for an earlier key? Try that one."
    )
