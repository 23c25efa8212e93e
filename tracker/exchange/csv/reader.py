"""CSV in: bytes to headings and rows, within limits, and with the line for every complaint."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import BinaryIO

from msgspec import Struct

from tracker.exchange.csv.encodings import UnreadableFileError, find_encoding, refuse_other_formats

SEPARATORS = (",", ";", "\t")
_PEEK_CHARS = 64 * 1024
_PEEK_ROWS = 50
_TITLE_ROWS_MAX = 20
_HEADING_SHARE = 0.6  # a row of headings fills most columns, a title above it only the first


class Limits(Struct, frozen=True, kw_only=True):
    """How much is read at most; beyond it the file is refused, never cut short."""

    size_bytes: int = 50_000_000
    columns: int = 1_000
    cell_chars: int = 64 * 1024
    rows: int = 200_000


LIMITS = Limits()
# The csv module knows one limit for the whole process; nothing else here reads CSV.
csv.field_size_limit(LIMITS.cell_chars)


class SourceFile(Struct, frozen=True, kw_only=True):
    """A file that can be read: what was found out about it, and its rows as often as wanted."""

    data: bytes
    encoding: str
    separator: str
    header_row: int
    header: tuple[str, ...]
    limits: Limits

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield (line number, cells) for each row under the headings that is not blank."""
        rows = _rows(self.data, self.encoding, self.separator)
        count = 0
        for line, cells in islice(rows, self.header_row, None):
            if not any(map(str.strip, cells)):
                continue
            count += 1
            if count > self.limits.rows:
                raise UnreadableFileError(
                    f"The file has more than {self.limits.rows:,} rows. Split it in parts."
                )
            yield line, cells

    def sample(self, rows: int = 1000) -> list[list[str]]:
        """Give the first rows, to guess from."""
        return [cells for _, cells in islice(self.rows(), rows)]


def open_source(
    source: bytes | BinaryIO,
    *,
    encoding: str = "",
    separator: str = "",
    header_row: int = 0,
    limits: Limits = LIMITS,
) -> SourceFile:
    """Open a file; what is not stated is found out. `header_row` counts from 1.

    Raises UnreadableFileError, in words for people, for what is no table.
    """
    data = source if isinstance(source, bytes) else source.read(limits.size_bytes + 1)
    if len(data) > limits.size_bytes:
        size = limits.size_bytes // 1_000_000
        raise UnreadableFileError(f"The file is larger than {size} MB. Split it in parts.")
    refuse_other_formats(data)
    encoding = find_encoding(data, encoding)
    separator = separator or _find_separator(data, encoding)
    top = _peek(data, encoding, separator)
    header_row = header_row or _find_header(top)
    if len(top) < header_row:
        raise UnreadableFileError(f"There is no row {header_row} to take the headings from.")
    file = SourceFile(
        data=data,
        encoding=encoding,
        separator=separator,
        header_row=header_row,
        header=_headings(top[header_row - 1], limits),
        limits=limits,
    )
    if next(file.rows(), None) is None:
        raise UnreadableFileError("The file has headings, but no rows under them.")
    _refuse_many_rows(file)
    return file


def _refuse_many_rows(file: SourceFile) -> None:
    """Count the rows before anything is made of them, where a file has so many line ends."""
    ends = max(file.data.count(b"\n"), file.data.count(b"\r"))
    if ends > file.limits.rows:
        for _ in file.rows():
            pass


def _rows(data: bytes, encoding: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    # newline="" splits at LF, CR and CRLF alike and leaves those inside quotes as they are.
    lines = io.TextIOWrapper(io.BytesIO(data), encoding=encoding, newline="")
    reader = csv.reader(lines, delimiter=separator, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise UnreadableFileError(_explain(error, line)) from error
        yield line, cells


def _explain(error: csv.Error, line: int) -> str:
    if "field limit" in str(error):
        return (
            f"Line {line} has a cell of more than {LIMITS.cell_chars:,} characters. "
            "Is a quotation mark left open there?"
        )
    return (
        f"A quotation mark in the row that begins on line {line} is not closed properly. "
        "Inside quotes, write a quotation mark twice."
    )


def _peek(data: bytes, encoding: str, separator: str) -> list[list[str]]:
    return [cells for _, cells in islice(_rows(data, encoding, separator), _PEEK_ROWS)]


def _find_separator(data: bytes, encoding: str) -> str:
    """Take the separator that cuts most of the first rows into the same number of cells."""
    text = io.TextIOWrapper(io.BytesIO(data), encoding=encoding, newline="").read(_PEEK_CHARS)
    lines = list(io.StringIO(text, newline=""))
    if len(text) == _PEEK_CHARS and len(lines) > 1:
        lines.pop()

    def score(separator: str) -> tuple[float, int]:
        try:
            rows = list(islice(csv.reader(lines, delimiter=separator), _PEEK_ROWS))
        except csv.Error:
            return 0.0, 0
        widths = Counter(len(cells) for cells in rows if any(cells))
        width, count = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
        return (count / widths.total(), width) if width > 1 else (0.0, 0)

    return max(SEPARATORS, key=score)


def _find_header(top: Sequence[Sequence[str]]) -> int:
    filled = [sum(bool(cell.strip()) for cell in cells) for cells in top]
    widest = max(filled, default=0)
    for row, count in enumerate(filled[:_TITLE_ROWS_MAX], 1):
        if count and count >= _HEADING_SHARE * widest:
            return row
    return 1


def _headings(cells: Sequence[str], limits: Limits) -> tuple[str, ...]:
    if len(cells) > limits.columns:
        raise UnreadableFileError(
            f"The file has more than {limits.columns:,} columns. Leave out those that nobody needs."
        )
    names = [cell.strip() or f"column {number}" for number, cell in enumerate(cells, 1)]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        named = ", ".join(f"'{name}'" for name in twice[:5])
        raise UnreadableFileError(
            f"More than one column is headed {named}. Give every column its own heading."
        )
    return tuple(names)
