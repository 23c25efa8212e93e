"""What the cells of a file give away: how it writes dates, decimals and formulas."""

import re
from collections.abc import Iterable, Sequence

from tracker.exchange.csv.formula_guard import is_guarded, is_risky

_YEAR_LAST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](?:\d{4}|\d{2})(?:\D.*)?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?\d{1,3},\d{3}", re.ASCII)
_DECIMAL_POINT = re.compile(r"[+-]?\d+\.\d+", re.ASCII)


def column(rows: Iterable[Sequence[str]], index: int, missing: Sequence[str]) -> list[str]:
    """List the cells of a column that say something."""
    cells = (row[index].strip() for row in rows if index < len(row))
    return [cell for cell in cells if cell not in missing]


def date_order(cells: Iterable[str]) -> tuple[str, bool]:
    """Find the order of day and month; and say whether it has to be asked."""
    pairs = [
        (int(found[1]), int(found[2])) for cell in cells if (found := _YEAR_LAST.fullmatch(cell))
    ]
    day_first = any(first > 12 for first, _ in pairs)
    month_first = any(second > 12 for _, second in pairs)
    if day_first != month_first:
        return ("dmy" if day_first else "mdy"), False
    unclear = day_first or any(first != second for first, second in pairs)
    return "", unclear


def decimal_comma(cells: Sequence[str]) -> tuple[bool, bool]:
    """Find whether the file uses decimal commas; and say whether it has to be asked."""
    commas = [cell for cell in cells if _DECIMAL_COMMA.fullmatch(cell)]
    if not commas or any(_DECIMAL_POINT.fullmatch(cell) for cell in cells):
        return False, False
    sure = not all(_THOUSANDS.fullmatch(cell) for cell in commas)
    return sure, not sure


def formula_guard(cells: Iterable[str], *, default: bool) -> bool:
    """Find whether texts carry the guard of a safe export."""
    guarded = False
    for cell in cells:
        if is_risky(cell) and not _DECIMAL_COMMA.fullmatch(cell) and not _is_number(cell):
            return False  # a safe export leaves no such text
        guarded = guarded or is_guarded(cell)
    return guarded or default


def _is_number(cell: str) -> bool:
    return cell.lstrip("+-").replace(".", "", 1).isdigit()
