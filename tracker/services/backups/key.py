"""The key of the backups: its private half is written down by a person, the server keeps the other.

Both halves are spelt as the `age` program spells them, in Bech32 (BIP 173): its six last letters
notice a slip of the pen.
"""

import json
import os
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from msgspec import Struct

from tracker.config import BACKUP_KEY_FILE
from tracker.services.backups.errors import BackupError

PREFIX = "AGE-SECRET-KEY-1"
GROUP = 4
_PRIVATE, _PUBLIC = "age-secret-key-", "age"
_LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_READ_AS = str.maketrans("io1b", "l0l8")  # letters that no key has, and what was meant
_KEY_BYTES = 32
_CHECK_LETTERS = 6
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


class BackupKey(Struct, frozen=True):
    """A whole key, as it is shown once: never stored, and never in a repr."""

    private: bytes

    def __repr__(self) -> str:
        """Say what it is, and nothing of it."""
        return "BackupKey()"

    @property
    def public(self) -> bytes:
        """The half that the server keeps."""
        return X25519PrivateKey.from_private_bytes(self.private).public_key().public_bytes_raw()

    @property
    def text(self) -> str:
        """The key as the `age` program takes it."""
        return _spell(_PRIVATE, self.private).upper()

    @property
    def groups(self) -> list[str]:
        """What follows the prefix, in groups that a person can copy."""
        letters = self.text.removeprefix(PREFIX)
        return [letters[at : at + GROUP] for at in range(0, len(letters), GROUP)]


def make() -> BackupKey:
    """Make a new key."""
    return BackupKey(X25519PrivateKey.generate().private_bytes_raw())


def read_typed(text: str) -> BackupKey:
    """Read a key as somebody typed it, with or without spaces, prefix and capitals."""
    letters = "".join(text.split()).lower()
    letters = letters.removeprefix(PREFIX.lower()).replace("-", "").translate(_READ_AS)
    private = _unspell(_PRIVATE, letters)
    if private is None:
        raise BackupError(
            "This is no backup key: a letter is wrong or missing. Compare it group by group with "
            "what was written down."
        )
    return BackupKey(private)


def is_group(typed: str, group: str) -> bool:
    """Say whether somebody typed this group of a key."""
    return "".join(typed.split()).lower().translate(_READ_AS) == group.lower()


def keep(public: bytes, instance: Path, at: datetime) -> Path:
    """Store the public half; the next backup is for this key."""
    path = instance / BACKUP_KEY_FILE
    part = path.with_suffix(".part")
    stored = {"recipient": _spell(_PUBLIC, public), "made_at": at.isoformat()}
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(stored, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    return path


def public_half(instance: Path) -> bytes | None:
    """Read the public half that the server keeps; None where no key was made."""
    path = instance / BACKUP_KEY_FILE
    if not path.is_file():
        return None
    try:
        recipient = json.loads(path.read_text(encoding="utf-8"))["recipient"]
        public = _unspell(_PUBLIC, recipient.removeprefix("age1"))
    except (ValueError, KeyError, TypeError, AttributeError):
        public = None
    if public is None:
        raise BackupError(f"{path} holds no key. Make a new one: tracker backup key --new")
    return public


def _check_sum(prefix: str, values: list[int]) -> int:
    spread = [ord(one) >> 5 for one in prefix] + [0] + [ord(one) & 31 for one in prefix]
    check = 1
    for value in spread + values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, part in enumerate(_GENERATOR):
            check ^= part if top >> bit & 1 else 0
    return check


def _spell(prefix: str, data: bytes) -> str:
    bits = int.from_bytes(data, "big") << (-len(data) * 8 % 5)
    count = -(-len(data) * 8 // 5)
    values = [bits >> 5 * at & 31 for at in reversed(range(count))]
    check = _check_sum(prefix, values + [0] * _CHECK_LETTERS) ^ 1
    values += [check >> 5 * at & 31 for at in reversed(range(_CHECK_LETTERS))]
    return f"{prefix}1{''.join(_LETTERS[value] for value in values)}"


def _unspell(prefix: str, letters: str) -> bytes | None:
    values = [_LETTERS.find(one) for one in letters]
    count = -(-_KEY_BYTES * 8 // 5)
    if -1 in values or len(values) != count + _CHECK_LETTERS or _check_sum(prefix, values) != 1:
        return None
    bits = 0
    for value in values[:count]:
        bits = bits << 5 | value
    spare = count * 5 - _KEY_BYTES * 8
    return None if bits & (1 << spare) - 1 else (bits >> spare).to_bytes(_KEY_BYTES, "big")
