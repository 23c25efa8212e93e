"""Rows of scales that the mapping does not take: counted, named, and looked through for codes."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import takewhile

from msgspec import Struct

from tracker.exchange.mapped.cells import RowCells
from tracker.exchange.mapping.model import ScoreColumns
from tracker.exchange.rows import MappedRow, RowProblem


class _RowSpan(Struct):
    first: int
    last: int
    question: str
    rows: int = 0


class LeftOut:
    """The rows that no scale of the mapping owns; none of them is refused, none disappears."""

    def __init__(self, scores: Sequence[ScoreColumns]) -> None:
        """Take the columns that say which question and what answer; the first scale names them."""
        self._columns = scores[0]
        self._scales: dict[str, _RowSpan] = {}
        self._codes: defaultdict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)

    def note(self, row: RowCells) -> None:
        """Count a row, and remember which number stands beside which words."""
        columns = self._columns
        question = row.text(columns.item_column)
        named = row.text(columns.instrument_column) if columns.instrument_column else ""
        stem = "".join(takewhile(str.isalpha, question))
        scale = self._scales.setdefault(named or stem, _RowSpan(row.line, row.line, question))
        scale.last, scale.rows = row.line, scale.rows + 1
        if columns.answer_column and columns.number_column:
            words, number = row.text(columns.answer_column), row.text(columns.number_column)
            if words and number:
                self._codes[question, words].append((row.line, number))

    def rows(self) -> Iterator[MappedRow]:
        """Give one MappedRow for each scale that is not here, with a remark, then wrong codes."""
        for name, scale in self._scales.items():
            message = (
                f"{scale.rows} rows of '{name}', lines {scale.first} to {scale.last}, are not "
                f"taken: no scale of the mapping has questions such as '{scale.question}'."
            )
            remark = RowProblem(scale.first, self._columns.item_column, message, scale.question)
            yield MappedRow(row=scale.first, rows=scale.rows, remarks=(remark,))
        if remarks := tuple(self._wrong_codes()):
            yield MappedRow(row=0, rows=0, remarks=remarks)

    def _wrong_codes(self) -> Iterator[RowProblem]:
        """Yield rows in which the same words have another number than in most others."""
        for (question, words), codes in self._codes.items():
            counted = Counter(number for _, number in codes)
            usual, most = counted.most_common(1)[0]
            for line, number in codes:
                if number != usual and counted[number] < most:
                    yield RowProblem(
                        line,
                        self._columns.number_column,
                        f"{question}: '{words}' is {number} here and {usual} in {most} other rows. "
                        "One of them is a wrong code. This row is not taken.",
                        number,
                    )
