"""What an import would do: what is counted, complained of and remarked on, and what is stored."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from msgspec import Struct

from tracker.domain.clinic.dose_slips import DoseAnswer
from tracker.domain.clinic.labels import UNTIL_CHOSEN, Labels
from tracker.domain.patients.same_person import SamePersonAnswer
from tracker.domain.scores.same_day import SameDayAnswer
from tracker.exchange.rows import IncomingRow, RowProblem

Row: TypeAlias = tuple[Any, ...]
Progress: TypeAlias = Callable[[Iterable[IncomingRow]], Iterable[IncomingRow]]
NOUNS = ("patients", "series", "sessions", "scores")
# Counts of the four in one number: of 100,000 new patients a mapping each would take 30 MiB.
_ROOM = 1 << 24  # more than a file may have rows
_ONE = {noun: _ROOM**at for at, noun in enumerate(NOUNS)}


class OutdatedPlanError(Exception):
    """The clinic's records changed since the import was planned; nothing was stored."""


class ImportAnswers(Struct, frozen=True, kw_only=True):
    """What somebody answered to the questions of a file; None where nobody has.

    `same_day` is of scores whose day has one of their scale, `same_person` of people who may be
    here already, `doses` of doses that look like slips.
    """

    same_day: SameDayAnswer | None = None
    same_person: SamePersonAnswer | None = None
    doses: DoseAnswer | None = None


NO_ANSWERS = ImportAnswers()


@dataclass(slots=True)
class ImportContext:
    """What an import collects while the rows are read; `import_store` says what the rows hold.

    `touched` counts, by patient, what they get: `counts_by_patient` unpacks it. `found` are the
    patients of the file who are known already, `activated` the series that begin with a session of
    the file. `asked` are the scores whose day has one of their scale, `asked_people` who may be
    here already and `asked_doses` what looks like a slip, each as long as `answers` does not say
    what becomes of them.
    """

    labels: Labels = UNTIL_CHOSEN
    answers: ImportAnswers = NO_ANSWERS
    patients: list[Row] = field(default_factory=list)
    series: list[Row] = field(default_factory=list)
    sessions: list[Row] = field(default_factory=list)
    planned: list[Row] = field(default_factory=list)
    readings: list[Row] = field(default_factory=list)
    scores: list[Row] = field(default_factory=list)
    activated: set[int] = field(default_factory=set)
    touched: dict[int, int] = field(default_factory=dict)
    found: set[int] = field(default_factory=set)
    read: int = 0
    duplicates: int = 0
    refused: int = 0
    left_out: int = 0
    problems: list[RowProblem] = field(default_factory=list)
    remarks: list[RowProblem] = field(default_factory=list)
    asked: list[RowProblem] = field(default_factory=list)
    asked_people: list[RowProblem] = field(default_factory=list)
    asked_doses: list[RowProblem] = field(default_factory=list)
    named: set[int] = field(default_factory=set)

    def refuse(self, problems: Iterable[RowProblem], rows: int = 1) -> None:
        """Count a row, or several that belong together, as refused, for these reasons."""
        self.problems += problems
        self.refused += rows

    def touch(self, patient_id: int, noun: str) -> None:
        """Remember that a patient gets one more of something."""
        self.touched[patient_id] = self.touched.get(patient_id, 0) + _ONE[noun]

    def counts_by_patient(self) -> Iterator[tuple[int, dict[str, int]]]:
        """Count what each patient gets, by noun."""
        for patient_id, counted in self.touched.items():
            yield patient_id, {noun: counted // one % _ROOM for noun, one in _ONE.items()}

    def counts(self) -> dict[str, int]:
        """Count what would be stored, by noun."""
        return {
            "patients": len(self.patients),
            "series": len(self.series),
            "sessions": len(self.sessions) + len(self.planned),
            "scores": len(self.scores),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPlan:
    """What importing a file would do. With problems or questions nothing of it can be stored.

    `kind` is the name of one of our own tables, or `mapped`. Each row that was read is stored,
    refused, left out with a remark, or a duplicate: one that adds nothing to what is there.
    `counts` says how many patients, series, sessions and scores would be stored, `scores_recent`
    how many of the scores are so new that their alerts may be raised. `reasons` go by
    key of the mapping, where it was guessed. `mapping` is the mapping that was used, as TOML.
    """

    id: int
    clinic_id: int
    kind: str
    mapping: str
    rows_read: int
    rows_stored: int
    rows_duplicate: int
    rows_refused: int
    rows_left_out: int
    counts: Mapping[str, int]
    patients_known: int
    scores_recent: int
    unused_columns: tuple[str, ...]
    reasons: Mapping[str, str]
    problems: tuple[RowProblem, ...]
    remarks: tuple[RowProblem, ...]
    asked: tuple[RowProblem, ...]
    asked_people: tuple[RowProblem, ...]
    asked_doses: tuple[RowProblem, ...]
    content: ImportContext = field(repr=False, compare=False)
    unchanged: Callable[[], bool] = field(repr=False, compare=False)

    @property
    def questions(self) -> tuple[RowProblem, ...]:
        """List everything that somebody has to answer before the file can be stored."""
        return *self.asked_people, *self.asked, *self.asked_doses

    @property
    def patients_new(self) -> int:
        """Say how many patients would be entered."""
        return self.counts["patients"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult:
    """What an import stored; its id stands in the audit trail."""

    id: int
    counts: Mapping[str, int]
    rows_stored: int
    rows_duplicate: int
    alerts_raised: int


def in_words(counts: Mapping[str, int]) -> str:
    """Write counts as `2 patients, 1 session`, leaving out what there is none of."""
    named = [
        f"{counts[noun]} {noun if counts[noun] != 1 or noun == 'series' else noun[:-1]}"
        for noun in NOUNS
        if counts.get(noun)
    ]
    return ", ".join(named) or "nothing"
