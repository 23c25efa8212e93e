"""Numbers as cells: exact, without trailing zeros, and never a remark cut short."""

import re
from decimal import Decimal

# Our ids have up to 53 bits; four hundred digits are an attack or an accident.
WHOLE_DIGITS_MAX = 16
_PLAIN = re.compile(r"[+-]?(?:\d{1,15}(?:\.\d{0,10})?|\.\d{1,10})", re.ASCII)
# 1.23457E+12: how spreadsheets show a long number, and save it in a file of commas.
_ROUNDED = re.compile(r"[+-]?\d(?:[.,]\d{1,14})?[eE]\+\d{1,3}", re.ASCII)
ROUNDED = (
    "A spreadsheet has rounded this number, and its last digits are lost. Export the file again, "
    "and open it with this column as text."
)
ROUNDED_IDS = (
    "A spreadsheet has rounded the ids of this file, here and below. Its sessions are found by "
    "record number, series and session number instead. To keep the ids, open the file with this "
    "column as text before you save it."
)
_STARTS_AS_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?\s*\D", re.ASCII)


class RoundedNumber:
    """A number that a spreadsheet has rounded: nobody knows which, so it is equal to no other."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        """Keep how the file has it."""
        self.text = text

    def __str__(self) -> str:
        """Write it as the file has it."""
        return self.text


def is_rounded(cell: str) -> bool:
    """Say whether a spreadsheet has left of a long number only how it begins."""
    return _ROUNDED.fullmatch(cell.strip()) is not None


def read_number(cell: str, *, decimal_comma: bool = False) -> Decimal:
    """Read a plain number; raise ValueError, with words for people, for anything else."""
    text = cell.strip()
    if decimal_comma:
        if "." in text:
            raise ValueError("This has a point, but the file is said to use decimal commas.")
        text = text.replace(",", ".", 1)
    if _PLAIN.fullmatch(text):
        return Decimal(text) + 0  # + 0 makes -0 plain
    if not decimal_comma and "," in text and _PLAIN.fullmatch(text.replace(",", ".", 1)):
        raise ValueError("This has a comma. If it is a decimal comma, say decimal_comma = true.")
    if _ROUNDED.fullmatch(text):
        raise ValueError(ROUNDED)
    if _STARTS_AS_NUMBER.match(text):
        raise ValueError("Give the number alone, without remark or unit.")
    raise ValueError("This is not a number.")


def read_whole(cell: str) -> int:
    """Read a whole number; `7.0`, as spreadsheets write it, is 7."""
    text = cell.strip()
    if text.isascii() and text.isdigit() and len(text) <= WHOLE_DIGITS_MAX:
        return int(text)
    number = read_number(text)
    if number != int(number):
        raise ValueError("Give a whole number.")
    return int(number)


def read_id(cell: str) -> int | RoundedNumber:
    """Read an id of ours; one that a spreadsheet has rounded is named by what stands beside it."""
    return RoundedNumber(cell.strip()) if is_rounded(cell) else read_whole(cell)


def write_number(value: object) -> object:
    """Write 35.0 as 35 and 35.50 as 35.5, never with an exponent."""
    if isinstance(value, float):
        if value.is_integer():
            return int(value)
        # Between these Python itself writes no exponent.
        return value if 1e-4 <= abs(value) < 1e15 else format(Decimal(repr(value)), "f")
    if isinstance(value, Decimal):
        text = format(value + 0, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    return value
