"""Numbers as cells: exact, without trailing zeros, and never a remark cut short."""

import re
from decimal import Decimal

# Our ids have up to 53 bits; four hundred digits are an attack or an accident.
WHOLE_DIGITS_MAX = 16
_PLAIN = re.compile(r"[+-]?(?:\d{1,15}(?:\.\d{0,10})?|\.\d{1,10})", re.ASCII)
_STARTS_AS_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?\s*\D", re.ASCII)


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
