"""Text and numbers as people type them: read strictly, never guessed."""

import re
from decimal import Decimal

from tracker.domain.measures import DECIMALS_MAX

NO_NUMBER = "Give a plain number, such as 35 or 35.5, without a unit."
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}(?:[.,][0-9]*)?")
# 1.234 is a thousand and more to one reader and one and a bit to the next; 0.234 is clear to both.
_TWO_READINGS = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")
_WHOLE = re.compile(r"[+-]?[0-9]{1,9}")
_ROW_ID = re.compile(r"[0-9]{1,16}")  # fits every database, and JavaScript's numbers


def read_decimal(text: str) -> Decimal:
    """Read `35`, `35.5` or `35,5`; raise ValueError, with words for people, for anything else."""
    if not _NUMBER.fullmatch(text):
        raise ValueError(NO_NUMBER)
    if has_two_readings(text):
        whole, part = re.split("[.,]", text)
        raise ValueError(f"{text} could be read two ways. Write {whole}{part} or {whole}.{part}0.")
    if len(text.replace(",", ".").partition(".")[2]) > DECIMALS_MAX:
        raise ValueError(f"Give at most {DECIMALS_MAX} digits after the decimal point.")
    return Decimal(text.replace(",", ".")) + 0  # + 0 makes -0 plain


def read_whole(text: str) -> int:
    """Read `40`; raise ValueError, with words for people, for anything else."""
    if not _WHOLE.fullmatch(text):
        raise ValueError("Give a whole number, such as 40, without a unit.")
    return int(text)


def row_id(text: str) -> int | None:
    """Read an id, a version or a sequence number; None for what no row can have."""
    return int(text) if _ROW_ID.fullmatch(text) else None


def has_two_readings(text: str) -> bool:
    """Say whether a number means one thing to some readers and another to others."""
    return _TWO_READINGS.fullmatch(text) is not None


_NEVER_TYPED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def refuse_unstorable(text: str) -> None:
    """Raise ValueError, with words for people, where a text holds what cannot be stored."""
    if _NEVER_TYPED.search(text):
        raise ValueError("This text holds a character that cannot be stored. Type it anew.")
