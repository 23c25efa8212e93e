"""Rows coming in: what each row of a file says, and everything that is wrong with it."""

from collections.abc import Mapping
from typing import TypeAlias

from msgspec import Struct, field

from tracker.domain.patients.draft import PatientDraft
from tracker.domain.patients.record import PatientRecord
from tracker.domain.scores.draft import AssessmentDraft
from tracker.domain.scores.record import ScoreRecord
from tracker.domain.series.record import SeriesRecord
from tracker.domain.sessions.draft import SessionDraft
from tracker.domain.sessions.record import SessionRecord
from tracker.exchange.columns import Table, Values

VALUE_CHARS = 80  # how much of a cell a report repeats

Record: TypeAlias = PatientRecord | SeriesRecord | SessionRecord | ScoreRecord


class RowProblem(Struct, frozen=True):
    """Something wrong in a row. `row` is the line of the file at which the row begins."""

    row: int
    column: str
    message: str
    value: str = ""


class IncomingScore(Struct, frozen=True, kw_only=True):
    """A score that a row gives; `columns` says which column each field came from."""

    draft: AssessmentDraft
    columns: Mapping[str, str]


class IncomingSession(Struct, frozen=True, kw_only=True):
    """A treatment session that a row gives; `columns` says which column each field came from."""

    draft: SessionDraft
    columns: Mapping[str, str]


class NativeRow(Struct):
    """What one row of our own tables says: values by the names of the record's fields.

    `values` has `before_systolic_mmhg` and its like flat, and computed values left in; the record
    is made when it is asked for, because a large import does without.
    """

    row: int
    table: Table
    values: Values
    problems: list[RowProblem]

    @property
    def record(self) -> Record:
        """Build the record; only a row without problems has one."""
        if self.problems:
            raise ValueError(f"row {self.row} has problems")
        record: Record = self.table.build(self.values.copy())
        return record


class MappedRow(Struct, frozen=True, kw_only=True):
    """What one row of another file says of a patient; what is missing was never there.

    What has a problem is left out of `scores` and `sessions`; `patient` is None where the row does
    not say who it is about. It may speak for several `rows` that belong together, or for none.
    Without a patient and without problems they are rows of which nothing is taken, as `remarks`
    say.
    """

    row: int
    patient: PatientDraft | None = None
    patient_columns: Mapping[str, str] = field(default_factory=dict)
    scores: tuple[IncomingScore, ...] = ()
    sessions: tuple[IncomingSession, ...] = ()
    problems: tuple[RowProblem, ...] = ()
    remarks: tuple[RowProblem, ...] = ()
    rows: int = 1


IncomingRow: TypeAlias = NativeRow | MappedRow


def shorten(cell: str) -> str:
    """Cut a cell for a report; the file keeps the whole."""
    return cell if len(cell) <= VALUE_CHARS else f"{cell[: VALUE_CHARS - 1]}…"
