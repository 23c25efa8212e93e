"""A chain of lines, each sealed together with the seal of the line before it.

Changing, removing, inserting or swapping a line breaks every seal after it. Whoever holds both the
database and the key can still rebuild the chain: keep the key elsewhere, and note the head.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

FIRST = "0" * 64  # what the first line gives as the seal before it
# Sealed only where a line names several: lines from before this was kept verify as they did.
PATIENTS = "patients"
# Sealed only where rows were written with a line, for the same reason.
ROWS = "rows"
REMOVED = ""  # the digest of a row that is there no more
DIGEST_BYTES = 16  # two rows with one digest would take 2**64 tries, and each try a saved record
_ENCODER = msgspec.json.Encoder()


class SealedRow(Struct, frozen=True, array_like=True, order=True):
    """What a row of a table said when a line was sealed, as a digest."""

    of_table: str
    row_id: int
    part: int
    digest: str


def digest_row(names: Sequence[str], values: Sequence[Any]) -> str:
    """Digest what a row says, column by column in the order given.

    What is missing is left out: a column that is added later, and that is empty in the rows from
    before, changes no digest. Zero, False and an empty text are not the same as missing, but a text
    that is empty says nothing, either.
    """
    said = [
        (name, value)
        for name, value in zip(names, values, strict=True)
        if value is not None and value != ""
    ]
    return hashlib.blake2b(_ENCODER.encode(said), digest_size=DIGEST_BYTES).hexdigest()


def digest_rows(rows: Iterable[SealedRow]) -> str:
    """Digest what all rows said that were written with one line, in whatever order they come."""
    return hashlib.sha256(_ENCODER.encode(sorted(rows))).hexdigest()


def seal(key: bytes, previous: str, line: Mapping[str, object]) -> str:
    """Seal a line (HMAC-SHA-256 over the previous seal and the line as canonical JSON)."""
    text = json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hmac.new(key, f"{previous}\n{text}".encode(), hashlib.sha256).hexdigest()


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


def verify(key: bytes, lines: Iterable[tuple[int, str, str, Mapping[str, object]]]) -> ChainCheck:
    """Walk (sequence, previous, seal, line) in order and report the first that does not hold."""
    head, count = FIRST, 0
    for sequence, previous, sealed, line in lines:
        if sequence != count + 1:
            return ChainCheck(count, head, sequence, f"line {count + 1} is missing")
        if not hmac.compare_digest(previous, head):
            return ChainCheck(count, head, sequence, "it does not continue the line before it")
        if not hmac.compare_digest(sealed, seal(key, previous, line)):
            return ChainCheck(count, head, sequence, "its content was changed")
        head, count = sealed, count + 1
    return ChainCheck(count, head)
