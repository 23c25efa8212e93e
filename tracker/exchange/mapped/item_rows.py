"""Files with one answer in each row: rows of one form are put together, whatever their order."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import TypeAlias
from zoneinfo import ZoneInfo

from msgspec import Struct, field

from tracker.domain.instruments.model import Instrument, Item
from tracker.domain.patients.draft import PatientDraft
from tracker.exchange.cells.dates import Instant
from tracker.exchange.csv.reader import SourceFile
from tracker.exchange.mapped.cells import RowCells
from tracker.exchange.mapped.left_out import LeftOut
from tracker.exchange.mapped.patients import PatientReader, PeopleSeen
from tracker.exchange.mapped.scores import ScoreReader, anchor_reader
from tracker.exchange.mapped.table import whole_file
from tracker.exchange.mapping.model import FileFacts, ImportMapping, ScoreColumns
from tracker.exchange.rows import MappedRow, RowProblem

Key: TypeAlias = tuple[object, ...]


def read_item_rows(
    source: SourceFile,
    mapping: ImportMapping,
    *,
    zone: ZoneInfo,
    instruments: Mapping[str, Instrument],
) -> Iterator[MappedRow]:
    """Read every row, then give one MappedRow for each form, in the order in which they begin."""
    read = _FormReader(source.header, mapping, zone, instruments)
    for number, (line, cells) in enumerate(source.rows(), 1):
        yield from read(line, number, cells)
    yield from read.forms()
    yield from whole_file(scale.score for scale in read.scales)


class _Form(Struct):
    """One form as far as its rows have been read."""

    scale: "_ScaleRows"
    first: RowCells
    anchor: Instant | None
    patient: PatientDraft
    answers: dict[str, Decimal] = field(default_factory=dict)
    total: Decimal | None = None
    lines: dict[str, int] = field(default_factory=dict)
    rows: int = 0
    problems: list[RowProblem] = field(default_factory=list)


class _ScaleRows:
    """One scale of the file: which rows are its own, and what they say."""

    def __init__(
        self,
        columns: ScoreColumns,
        facts: FileFacts,
        zone: ZoneInfo,
        instruments: Mapping[str, Instrument],
    ) -> None:
        self.columns = columns
        self.score = ScoreReader(columns, facts, zone, instruments)
        items = instruments[columns.instrument].items
        self._items: dict[str, Item] = dict(zip(columns.items, items, strict=False))
        self._items.pop("", None)

    def owns(self, row: RowCells, name: str) -> bool:
        """Say whether a row answers a question of this scale, or states its total."""
        if name not in self._items and (not name or name != self.columns.total_item):
            return False
        if not self.columns.instrument_column:
            return True
        named = row.text(self.columns.instrument_column)
        return self.columns.values.get(named, named) == self.columns.instrument

    def take(self, row: RowCells, name: str, form: _Form) -> None:
        """Take what a row says into its form."""
        if (earlier := form.lines.setdefault(name, row.line)) != row.line:
            message = f"Line {earlier} has the same question of the same form. Leave one out."
            row.complain(self.columns.item_column, message, name)
        elif item := self._items.get(name):
            value = self._answer(row, item)
            if value is not None:
                form.answers[item.code] = value
        else:
            column = self.columns.number_column or self.columns.answer_column
            form.total = row.read(column, self.score.number)

    def _answer(self, row: RowCells, item: Item) -> Decimal | None:
        """Read an answer in words, as a number, or both, which must then say the same."""
        assert self.score.cells is not None  # noqa: S101 - a scale without items is no _Scale
        read = partial(self.score.cells.read, item)
        code, number = (
            row.read(column, read) if column else None
            for column in (self.columns.answer_column, self.columns.number_column)
        )
        if code is None or number is None or self.score.cells.agree(code, number):
            return number if code is None else code
        words = row.text(self.columns.answer_column)
        row.complain(
            self.columns.number_column,
            f"'{words}' is {code}, but this says {number}: one of them is a wrong code. Correct it "
            "in the file, or name only one of the two columns.",
            row.text(self.columns.number_column),
        )
        return None


class _FormReader:
    """Sorts the rows of one file into forms."""

    def __init__(
        self,
        header: Sequence[str],
        mapping: ImportMapping,
        zone: ZoneInfo,
        instruments: Mapping[str, Instrument],
    ) -> None:
        self.scales = [
            _ScaleRows(score, mapping.file, zone, instruments) for score in mapping.scores
        ]
        self._columns = {heading: index for index, heading in enumerate(header)}
        self._facts = mapping.file
        self._read_patient = PatientReader(mapping.patient, mapping.file)
        self._read_anchor = anchor_reader(mapping.anchor, mapping.file, zone)
        self._people = PeopleSeen(self._read_patient.columns)
        self._left_out = LeftOut(mapping.scores)
        self._forms: dict[Key, _Form] = {}

    def __call__(self, line: int, number: int, cells: Sequence[str]) -> Iterator[MappedRow]:
        """Take a row; give it back alone only where it cannot be put into a form."""
        row = RowCells(line, number, cells, self._columns, self._facts)
        if row.is_too_long():
            yield MappedRow(row=line, problems=tuple(row.problems))
            return
        scale = next((s for s in self.scales if s.owns(row, row.text(s.columns.item_column))), None)
        if scale is None:
            self._left_out.note(row)
            return
        patient = self._read_patient(row)
        anchor = self._read_anchor(row)
        taken = scale.score.taken_at(row, anchor)
        if patient is None or taken is None:
            yield MappedRow(row=line, problems=tuple(row.problems))
            return
        self._people.compare(row, patient)
        key = (scale.columns.instrument, patient.record_number, taken)
        form = self._forms.setdefault(key, _Form(scale, row, anchor, patient))
        scale.take(row, row.text(scale.columns.item_column), form)
        form.rows += 1
        form.problems += row.problems
        row.problems.clear()

    def forms(self) -> Iterator[MappedRow]:
        """Give every form, and what was left out."""
        for form in self._forms.values():
            yield self._finish(form)
        yield from self._left_out.rows()

    def _finish(self, form: _Form) -> MappedRow:
        score = None
        if form.answers or form.total is not None:
            score = form.scale.score.finish(form.first, form.anchor, form.total, form.answers)
        problems = (*form.problems, *form.first.problems)
        return MappedRow(
            row=form.first.line,
            patient=form.patient,
            patient_columns=self._read_patient.columns,
            scores=(score,) if score and not problems else (),
            problems=problems,
            rows=form.rows,
        )
