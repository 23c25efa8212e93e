"""Our own tables read back, through the columns that wrote them."""

from collections.abc import Iterator, Sequence
from itertools import islice
from operator import call, itemgetter
from zoneinfo import ZoneInfo

from tracker.exchange.cells.kinds import CellFacts, Reader
from tracker.exchange.columns import Table, Values
from tracker.exchange.csv.reader import SourceFile
from tracker.exchange.mapping.model import FileFacts
from tracker.exchange.rows import NativeRow, RowProblem, shorten

_MISSING = "This must be given."
_ROWS_AT_ONCE = 256


def read_native(
    source: SourceFile, table: Table, facts: FileFacts, *, zone: ZoneInfo
) -> Iterator[NativeRow]:
    """Read every row into values, or into its problems, row by row.

    The headings of the file must be those of the table, in any order; what an older file lacks is
    not in the values.
    """
    absent = set(table.headings).difference(source.header)
    read = _NativeRowReader(source.header, table.without(*absent), facts, zone)
    rows = source.rows()
    while batch := list(islice(rows, _ROWS_AT_ONCE)):
        yield from read.batch(batch)


class _NativeRowReader:
    """Reads the rows of one file; what does not change from row to row is found out once."""

    def __init__(
        self, header: Sequence[str], table: Table, facts: FileFacts, zone: ZoneInfo
    ) -> None:
        cell_facts = CellFacts(
            zone=zone,
            decimal_comma=facts.decimal_comma,
            date_order=facts.date_order,
            formula_guard=facts.formula_guard,
        )
        columns = {column.name: column for column in table.columns}
        required = tuple(column.field for column in table.columns if column.required)
        self._table = table
        self._header = header
        self._fields = [columns[heading].field for heading in header]
        self._readers: list[Reader] = [columns[name].kind.reader(cell_facts) for name in header]
        # What files of before a column came lack is as if its cells were empty.
        self._absent = {
            column.field: column.kind.reader(cell_facts)("")
            for column in table.columns
            if column.later and column.name not in header
        }
        self._required_fields = required
        self._required_values = itemgetter(*required)
        self._key = itemgetter(*table.key)
        self._lines: dict[object, int] = {}

    def batch(self, rows: Sequence[tuple[int, Sequence[str]]]) -> Iterator[NativeRow]:
        """Read rows column by column, which takes half as long, or one by one where one is bad."""
        try:
            columns = zip(*(cells for _, cells in rows), strict=True)
            values = [
                [*map(read, column)] for read, column in zip(self._readers, columns, strict=True)
            ]
        except ValueError:  # a row has more cells than another, or a cell cannot be read
            for line, cells in rows:
                yield self._read_row(line, cells)
            return
        for (line, _), row in zip(rows, zip(*values, strict=True), strict=True):
            named = self._absent | dict(zip(self._fields, row, strict=True))
            yield NativeRow(line, self._table, named, [*self._check(line, named)])

    def _read_row(self, line: int, cells: Sequence[str]) -> NativeRow:
        if len(cells) != len(self._fields):
            message = f"This row has {len(cells)} cells, the headings {len(self._fields)}."
            return NativeRow(line, self._table, {}, [RowProblem(line, "", message)])
        try:
            read = zip(self._fields, map(call, self._readers, cells), strict=True)
            values = self._absent | dict(read)
        except ValueError:
            return NativeRow(line, self._table, {}, list(self._unreadable(line, cells)))
        return NativeRow(line, self._table, values, list(self._check(line, values)))

    def _unreadable(self, line: int, cells: Sequence[str]) -> Iterator[RowProblem]:
        required = {self._table.heading_of(field) for field in self._required_fields}
        for heading, read, cell in zip(self._header, self._readers, cells, strict=True):
            try:
                read(cell)
            except ValueError as error:
                yield RowProblem(line, heading, str(error), shorten(cell))
            else:
                if heading in required and not cell.strip():
                    yield RowProblem(line, heading, _MISSING)

    def _check(self, line: int, values: Values) -> Iterator[RowProblem]:
        heading_of = self._table.heading_of
        if not all(self._required_values(values)):
            for field in self._required_fields:
                if values[field] is None or values[field] == "":  # 0 is given
                    yield RowProblem(line, heading_of(field), _MISSING)
        for field, message in self._table.compare(values):
            yield RowProblem(line, heading_of(field), message, str(values[field]))
        # A rounded id is equal to no other, so that rows which share it are not taken for one.
        earlier = self._lines.setdefault(self._key(values), line)
        if earlier != line:
            name = heading_of(self._table.key[-1])
            message = f"Line {earlier} has the same {name}."
            yield RowProblem(line, name, message, str(values[self._table.key[-1]]))
