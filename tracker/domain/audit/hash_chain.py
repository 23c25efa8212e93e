"""A chain of lines, each sealed together with the seal of the line before it.

Changing, removing, inserting or swapping a line breaks every seal after it. Whoever holds both the
database and the key can still rebuild the chain: keep the key elsewhere, and note the head.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from tracker.domain.stored_content import pack, unpack

FIRST = "0" * 64  # what the first line gives as the seal before it
# Sealed only where a line names several: lines from before this was kept verify as they did.
PATIENTS = "patients"
# Sealed only where rows were written with a line, for the same reason.
ROWS = "rows"
KEY_REPLACED = "audit.key-replaced"  # the last line by a key; its detail names the next one
DIGEST_BYTES = 16  # two rows with one digest would take 2**64 tries, and each try a saved record


class SealedPiece(Struct, frozen=True, array_like=True):
    """What some rows of one table said when a line was sealed.

    `columns` are the names that were digested, in order, with blanks between; `content` holds the
    id, part and digest of each row, packed. `piece` counts the pieces of a line from 0.
    """

    of_table: str
    piece: int
    columns: str
    content: bytes


# The id of a row, its version where a table keeps several of one thing (else 0), and what it said;
# a digest is empty where the row was removed.
RowDigest = tuple[int, int, bytes]


def digest_row(values: Sequence[Any]) -> bytes:
    """Digest what a row says in the columns that its piece names: text, numbers and None."""
    return hashlib.blake2b(pack(values), digest_size=DIGEST_BYTES).digest()


def read_piece(content: bytes) -> list[RowDigest]:
    """Read the digests of the rows of a piece."""
    return unpack(content, list[RowDigest])


def digest_pieces(pieces: Iterable[SealedPiece]) -> str:
    """Digest what all rows said that were written with one line."""
    return hashlib.sha256(pack(sorted(pieces, key=lambda one: one.piece))).hexdigest()


def seal(key: bytes, previous: str, line: Mapping[str, object]) -> str:
    """Seal a line (HMAC-SHA-256 over the previous seal and the line as canonical JSON)."""
    text = json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hmac.new(key, f"{previous}\n{text}".encode(), hashlib.sha256).hexdigest()


def name_key(key: bytes) -> str:
    """Name a key, so that it can be known again and not be guessed."""
    return hashlib.sha256(b"key of the trail\n" + key).hexdigest()[:32]


class ChainCheck(Struct, frozen=True):
    """What verifying found: how many lines hold, and the first that does not."""

    lines: int
    head: str
    broken_at: int | None = None
    reason: str = ""

    @property
    def intact(self) -> bool:
        """Say whether every line holds."""
        return self.broken_at is None


def verify(
    key: bytes,
    lines: Iterable[tuple[int, str, str, Mapping[str, object]]],
    *,
    earlier: Sequence[bytes] = (),
) -> ChainCheck:
    """Walk (sequence, previous, seal, line) in order and report the first that does not hold.

    A line that says so is the last by its key; it names the next one of `earlier` and `key`.
    """
    head, count = FIRST, 0
    keys = iter((*earlier, key))
    turn = next(keys)
    for sequence, previous, sealed, line in lines:
        if sequence != count + 1:
            return ChainCheck(count, head, sequence, f"line {count + 1} is missing")
        if not hmac.compare_digest(previous, head):
            return ChainCheck(count, head, sequence, "it does not continue the line before it")
        if not hmac.compare_digest(sealed, seal(turn, previous, line)):
            return ChainCheck(count, head, sequence, "its content was changed")
        head, count = sealed, count + 1
        if line.get("action") == KEY_REPLACED:
            turn = next(keys, b"")
            if name_key(turn) != line["detail"]:
                return ChainCheck(count, head, sequence + 1, "its key is not here")
    return ChainCheck(count, head)
