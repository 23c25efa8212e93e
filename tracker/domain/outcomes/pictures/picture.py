"""What every picture of outcomes has: title, of whom it is, one sentence, a table, its alt text."""

from msgspec import Struct

from tracker.domain.formatting import number
from tracker.domain.instruments.model import Instrument
from tracker.domain.progress.explanations import TextTable

ALT_ROWS_MAX = 16  # a longer table is not read out: it stands below the picture


class Scope(Struct, frozen=True, kw_only=True):
    """What pictures are told of: a scale, from how many people on a share is told, and whom."""

    scale: Instrument
    people_min: int
    is_all: bool = True

    @property
    def direction(self) -> str:
        """Say which end of the scale is which."""
        low, high = number(self.scale.minimum), number(self.scale.maximum)
        ends = f"{low} {self.scale.low_end} \u2013 {high} {self.scale.high_end}"
        return f"{self.scale.short_title}, {ends}"

    def courses(self, count: int, of: int | None = None) -> str:
        """Count courses: `n = 60 of 80 courses`, and say where they were picked out."""
        counted = f"n = {count}" if of is None else f"n = {count} of {of}"
        noun = "course" if (count if of is None else of) == 1 else "courses"
        return f"{counted} {noun}{'' if self.is_all else ' picked out'}"

    def too_few(self, count: int, one: str, several: str) -> str:
        """Say that there are too few for a share, or none; nothing where there are enough."""
        if not count:
            return f"No {one} yet."
        if count >= self.people_min:
            return ""
        noun = one if count == 1 else several
        return f"Only {count} {noun}: no percentage of fewer than {self.people_min}."


class OutcomePicture(Struct, frozen=True, kw_only=True):
    """A picture before it is drawn; `missing` says why it cannot be, and is empty where it can.

    `of_whom` is the line below the title: scale, direction, how many of how many.
    """

    name: str
    title: str
    of_whom: str
    sentence: str
    table: TextTable
    missing: str = ""

    @property
    def alt(self) -> str:
        """Say the picture in words: the sentence, and a table that is short enough to be heard."""
        said = f"{self.title}. {self.of_whom}. {self.sentence}"
        if self.missing or len(self.table.rows) > ALT_ROWS_MAX:
            return said
        return " ".join([said, *map(self._line, self.table.rows)])

    def _line(self, row: tuple[str, ...]) -> str:
        cells = zip(self.table.headers[1:], row[1:], strict=True)
        told = [f"{header.lower()} {cell}" for header, cell in cells if cell]
        return f"{row[0]}: {', '.join(told)}." if told else f"{row[0]}."
