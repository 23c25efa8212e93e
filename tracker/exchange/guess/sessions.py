"""Which columns describe a treatment session, and what their words mean."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from tracker.exchange.cells import dates
from tracker.exchange.cells.kinds import CellFacts
from tracker.exchange.mapping import headings
from tracker.exchange.mapping.aliases import SESSION_WORDS
from tracker.exchange.mapping.model import SessionColumns
from tracker.exchange.tables.sessions import SESSIONS

_TELLING = frozenset(("dose_mg", "drug", "route"))  # without one of these it is no session
_CODED = ("drug", "route")


def guess_session(
    found: Mapping[str, str], date_column: str, columns: Mapping[str, Sequence[str]]
) -> SessionColumns | None:
    """Make a session of the fields that were found by name, if they amount to one.

    `columns` gives the cells of each heading. A plain date column is the day of the session where
    no other is named.
    """
    fields = dict(found)
    values: dict[str, dict[str, str]] = {}
    for field in _CODED:
        if field in fields:
            words, unknown = _words(field, columns[fields[field]])
            if unknown > len(words):
                del fields[field]  # "drug: yes or no" is not the drug that was given
            elif translated := {cell: code for cell, code in words.items() if cell != code}:
                values[field] = translated
    if "started_at" not in fields and date_column:
        fields["started_at"] = date_column
    if "started_at" not in fields or _TELLING.isdisjoint(fields):
        return None
    unit = headings.weight_unit(fields.get("weight_kg", ""))
    return SessionColumns(columns=fields, values=values, weight_unit=unit)


def lacks_time(given: SessionColumns, columns: Mapping[str, Sequence[str]]) -> bool:
    """Say whether the file gives days without a time, and no column has the time."""
    cells = columns[given.columns["started_at"]]
    return "start_time" not in given.columns and any(map(dates.is_day_alone, cells))


def _words(field: str, cells: Sequence[str]) -> tuple[dict[str, str], int]:
    """Map the words of a coded column to codes, and count those that nobody knows."""
    column = next(column for column in SESSIONS.columns if column.field == field)
    read: Callable[[str], Any] = column.kind.reader(CellFacts(zone=ZoneInfo("UTC")))
    known: dict[str, str] = {}
    unknown = 0
    for cell in dict.fromkeys(cells):
        if code := SESSION_WORDS[field].get(cell.casefold()):
            known[cell] = code
            continue
        try:
            read(cell)
            known[cell] = cell  # read as it stands
        except ValueError:
            unknown += 1
    return known, unknown
