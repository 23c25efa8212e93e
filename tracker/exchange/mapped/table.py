"""Another clinic's file read through a mapping: who, which scores, which session, row by row."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from zoneinfo import ZoneInfo

from tracker.domain.instruments.model import Instrument
from tracker.domain.patients.draft import PatientDraft
from tracker.exchange.csv.reader import SourceFile
from tracker.exchange.mapped.cells import RowCells
from tracker.exchange.mapped.patients import PatientReader, PeopleSeen
from tracker.exchange.mapped.scores import ScoreReader, anchor_reader
from tracker.exchange.mapped.sessions import SessionReader
from tracker.exchange.mapping.model import ImportMapping
from tracker.exchange.rows import IncomingScore, IncomingSession, MappedRow, RowProblem


def read_mapped(
    source: SourceFile,
    mapping: ImportMapping,
    *,
    zone: ZoneInfo,
    instruments: Mapping[str, Instrument],
) -> Iterator[MappedRow]:
    """Read every row; the mapping has no open questions and names only columns that are there."""
    read = _MappedRowReader(source.header, mapping, zone, instruments)
    for number, (line, cells) in enumerate(source.rows(), 1):
        yield read(line, number, cells)
    yield from whole_file(read.scores)


def whole_file(scores: Iterable[ScoreReader]) -> Iterator[MappedRow]:
    """Say what shows only when all of a file is read: answers that are coded from 1."""
    questions = [score.cells.coded_from_one() for score in scores if score.cells]
    if remarks := tuple(RowProblem(0, "", question) for question in questions if question):
        yield MappedRow(row=0, rows=0, remarks=remarks)


class _MappedRowReader:
    """Reads the rows of one file and remembers what must not come twice."""

    def __init__(
        self,
        header: Sequence[str],
        mapping: ImportMapping,
        zone: ZoneInfo,
        instruments: Mapping[str, Instrument],
    ) -> None:
        self._columns = {heading: index for index, heading in enumerate(header)}
        self._facts = mapping.file
        self._read_patient = PatientReader(mapping.patient, mapping.file)
        self._read_anchor = anchor_reader(mapping.anchor, mapping.file, zone)
        self.scores = [
            ScoreReader(score, mapping.file, zone, instruments) for score in mapping.scores
        ]
        self._sessions = [SessionReader(given, mapping.file, zone) for given in mapping.sessions]
        self._people = PeopleSeen(self._read_patient.columns)
        self._lines: dict[tuple[object, ...], int] = {}

    def __call__(self, line: int, number: int, cells: Sequence[str]) -> MappedRow:
        row = RowCells(line, number, cells, self._columns, self._facts)
        if row.is_too_long():
            return MappedRow(row=line, problems=tuple(row.problems))
        patient = self._read_patient(row)
        anchor = self._read_anchor(row)
        scores = [score for read in self.scores if (score := read(row, anchor))]
        sessions = [given for read_given in self._sessions if (given := read_given(row))]
        if patient:
            self._people.compare(row, patient)
            scores = [score for score in scores if self._is_new_score(row, patient, score)]
            sessions = [given for given in sessions if self._is_new_session(row, patient, given)]
        return MappedRow(
            row=line,
            patient=patient,
            patient_columns=self._read_patient.columns,
            scores=tuple(scores),
            sessions=tuple(sessions),
            problems=tuple(row.problems),
        )

    def _is_new_score(self, row: RowCells, patient: PatientDraft, score: IncomingScore) -> bool:
        draft = score.draft
        key = (patient.record_number, draft.instrument, draft.taken_at, draft.occasion)
        return self._is_new(row, (*key, draft.hours_after), score.columns["total"], "score")

    def _is_new_session(self, row: RowCells, patient: PatientDraft, given: IncomingSession) -> bool:
        key = (patient.record_number, given.draft.started_at)
        return self._is_new(row, key, given.columns.get("started_at", ""), "session")

    def _is_new(self, row: RowCells, key: tuple[object, ...], heading: str, words: str) -> bool:
        if key not in self._lines:
            self._lines[key] = row.line
            return True
        row.complain(
            heading, f"The same patient has a {words} of the same time on line {self._lines[key]}."
        )
        return False
