"""One row of another clinic's file: its cells by heading, and the problems met in them."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from tracker.exchange.csv.formula_guard import unguard
from tracker.exchange.mapping.model import FileFacts
from tracker.exchange.rows import RowProblem, shorten

Value = TypeVar("Value")


class RowCells:
    """The cells of a row. Reading one that cannot be read leaves a problem and gives None."""

    def __init__(
        self,
        line: int,
        number: int,
        cells: Sequence[str],
        columns: Mapping[str, int],
        facts: FileFacts,
    ) -> None:
        """Take the cells; `number` counts the rows under the headings from 1."""
        self.line = line
        self.number = number
        self.problems: list[RowProblem] = []
        self._cells = cells
        self._columns = columns
        self._facts = facts

    def is_too_long(self) -> bool:
        """Say whether there are cells beyond the last heading, which is then a problem."""
        if not any(map(str.strip, self._cells[len(self._columns) :])):
            return False
        self.complain(
            "", f"This row has {len(self._cells)} cells, the headings {len(self._columns)}."
        )
        return True

    def text(self, heading: str) -> str:
        """Give a cell without the blanks around it; empty where the file marks it as missing."""
        index = self._columns[heading]
        # Some programs leave the commas of empty last cells out.
        text = self._cells[index].strip() if index < len(self._cells) else ""
        if text in self._facts.missing:
            return ""
        return unguard(text) if self._facts.formula_guard else text

    def read(self, heading: str, reader: Callable[[str], Value]) -> Value | None:
        """Read a cell; None where it is missing, and where it is wrong, which is then a problem."""
        text = self.text(heading)
        if not text:
            return None
        try:
            return reader(text)
        except ValueError as error:
            self.complain(heading, str(error), text)
            return None

    def complain(self, heading: str, message: str, value: str = "") -> None:
        """Note a problem of this row."""
        self.problems.append(RowProblem(self.line, heading, message, shorten(value)))

    def complains_of(self, headings: Sequence[str]) -> bool:
        """Say whether one of these columns has a problem."""
        return any(problem.column in headings for problem in self.problems)
