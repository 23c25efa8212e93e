"""CSV out: plain rows in, bytes out, a piece at a time."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from tracker.exchange.columns import Table
from tracker.exchange.csv.formula_guard import guard

CHUNK_CHARS = 64 * 1024
_ROWS_AT_ONCE = 64
_DAY_CHARS = len("2026-03-02")
# A text can only need the guard if it opens with one of these or with a blank; asking for one
# character first keeps the pattern away from nearly every cell.
_BLANKS = filter(str.isspace, map(chr, range(0x3001)))  # U+3000 is the last blank of Unicode
_SUSPECT = frozenset("=+-@＝＋－＠'").union(_BLANKS)
# ... or if it holds one of those at which a spreadsheet may cut it.
_has_cut = re.compile(r"[;|\t\r\n]").search

Row = Sequence[object]


class UnwritableTextError(ValueError):
    """A text holds a zero character, which no CSV file can carry."""


def write_csv(
    table: Table,
    rows: Iterable[Row],
    *,
    zone: ZoneInfo,
    safe: bool = True,
    bom: bool = False,
) -> Iterator[bytes]:
    """Write plain rows as RFC 4180 in UTF-8, in pieces of about 64 KiB.

    A row holds the values of `table.plain_fields` in that order: None, text, code, int, bool, float
    or Decimal, aware datetime, date, JSON text or mapping of graded effects. `safe` guards texts
    against being run by a spreadsheet; without it texts are written exactly. `bom` puts the mark
    first by which Excel knows UTF-8.
    """
    buffer = io.StringIO()
    if bom:
        buffer.write("\ufeff")
    lines = csv.writer(buffer, lineterminator="\r\n")
    lines.writerow(table.headings)
    prepared = map(_preparer(table, zone, safe), rows)
    while batch := list(islice(prepared, _ROWS_AT_ONCE)):
        lines.writerows(batch)
        if buffer.tell() >= CHUNK_CHARS:
            yield _take(buffer)
    yield _take(buffer)


def _take(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    if "\0" in text:
        raise UnwritableTextError("A text holds a zero character. Correct that text, then export.")
    buffer.seek(0)
    buffer.truncate()
    return text.encode("utf-8")


def _preparer(table: Table, zone: ZoneInfo, safe: bool) -> Callable[[Row], list[Any]]:
    """Find out once which cells need work, so that a row costs few calls."""
    columns = list(enumerate(table.columns))
    texts = [index for index, column in columns if column.kind.text] if safe else []
    writers = [(index, column.kind.writer(zone)) for index, column in columns if column.kind.writer]
    timed = table.headings.index(table.time_known_of) if table.time_known_of else None

    def prepare(row: Row) -> list[Any]:
        cells: list[Any] = [*row]
        for index in texts:
            text = cells[index]
            if text and (text[0] in _SUSPECT or _has_cut(text)):
                cells[index] = guard(text)
        for index, write in writers:
            value = cells[index]
            if value is not None:
                cells[index] = write(value)
        if timed is not None and not cells.pop():
            cells[timed] = cells[timed][:_DAY_CHARS]
        return cells

    return prepare
