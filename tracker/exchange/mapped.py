"""Another clinic's file read through a mapping: who, which scores, which session, row by row."""

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from tracker.domain.patients import PatientDraft
from tracker.domain.words import Sex
from tracker.exchange.mapped_cells import RowCells
from tracker.exchange.mapped_patients import PatientReader
from tracker.exchange.mapped_scores import ScoreReader, anchor_reader
from tracker.exchange.mapped_sessions import SessionReader
from tracker.exchange.mapping import ImportMapping
from tracker.exchange.reader import SourceFile
from tracker.exchange.rows import IncomingScore, IncomingSession, MappedRow

_IDENTITY = ("birth_date", "sex", "given_name", "family_name")


def read_mapped(
    source: SourceFile, mapping: ImportMapping, *, zone: ZoneInfo
) -> Iterator[MappedRow]:
    """Read every row; the mapping has no open questions and names only columns that are there."""
    read = _RowReader(source.header, mapping, zone)
    for number, (line, cells) in enumerate(source.rows(), 1):
        yield read(line, number, cells)


class _RowReader:
    """Reads the rows of one file and remembers what must not come twice."""

    def __init__(self, header: Sequence[str], mapping: ImportMapping, zone: ZoneInfo) -> None:
        self._columns = {heading: index for index, heading in enumerate(header)}
        self._facts = mapping.file
        self._read_patient = PatientReader(mapping.patient, mapping.file)
        self._read_anchor = anchor_reader(mapping.anchor, mapping.file, zone)
        self._scores = [ScoreReader(score, mapping.file, zone) for score in mapping.scores]
        self._sessions = [SessionReader(given, mapping.file, zone) for given in mapping.sessions]
        self._people: dict[str, tuple[int, PatientDraft]] = {}
        self._lines: dict[tuple[object, ...], int] = {}

    def __call__(self, line: int, number: int, cells: Sequence[str]) -> MappedRow:
        row = RowCells(line, number, cells, self._columns, self._facts)
        if any(map(str.strip, cells[len(self._columns) :])):
            row.complain("", f"This row has {len(cells)} cells, the headings {len(self._columns)}.")
            return MappedRow(row=line, problems=tuple(row.problems))
        patient = self._read_patient(row)
        anchor = self._read_anchor(row)
        scores = [score for read in self._scores if (score := read(row, anchor))]
        sessions = [given for read_given in self._sessions if (given := read_given(row))]
        if patient:
            self._compare_people(row, patient)
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

    def _compare_people(self, row: RowCells, patient: PatientDraft) -> None:
        """Say so where one record number stands for two people; a person decides."""
        line, earlier = self._people.setdefault(patient.record_number, (row.line, patient))
        for name in _IDENTITY:
            before, now = getattr(earlier, name), getattr(patient, name)
            known = {before, now}.isdisjoint({None, "", Sex.UNKNOWN})
            if known and before != now:
                row.complain(
                    self._read_patient.columns.get(name, ""),
                    f"Record number {patient.record_number} is someone else on line {line}: "
                    f"{name.replace('_', ' ')} {before}.",
                    str(now),
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
