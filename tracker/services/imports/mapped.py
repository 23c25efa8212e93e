"""Rows of another clinic's file: each patient matched, each score and session checked and kept."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from tracker.domain import age
from tracker.domain.access import Actor
from tracker.domain.measures import VitalSigns
from tracker.domain.problems import Problem
from tracker.domain.scores.draft import AssessmentDraft
from tracker.domain.sessions import draft as session_draft
from tracker.domain.sessions.draft import SessionDraft
from tracker.domain.sessions.findings import SessionContext
from tracker.domain.sessions.record import SessionRecord
from tracker.exchange.mapping.model import ImportMapping
from tracker.exchange.rows import (
    IncomingScore,
    IncomingSession,
    MappedRow,
    RowProblem,
    shorten,
)
from tracker.instruments import library
from tracker.services.imports import checks as import_checks
from tracker.services.imports import existing
from tracker.services.imports import scores as import_scores
from tracker.services.imports.existing import KnownScore, ScoreKey
from tracker.services.imports.fast_path import FastCheck, FreshIds, JudgedDoses
from tracker.services.imports.mapped_patients import FilePatients
from tracker.services.imports.mapped_series import FileSession, SeriesBuilder
from tracker.services.imports.neighbours import PlacedSession, SessionNeighbours, end_of
from tracker.services.imports.plan import ImportContext
from tracker.services.imports.questions import Doses, SameDayScores, SamePeople, planned_of
from tracker.services.imports.scores import CheckedScore, DangerList, ScoreSummary
from tracker.services.sessions import rows as session_rows


class _RowResult(Struct):
    """What a row adds, and what keeps it from being stored."""

    patient_id: int
    scores: list[tuple[IncomingScore, CheckedScore]]
    sessions: list[FileSession]
    problems: list[RowProblem]
    birth_date: date | None = None
    leaves_out: bool = False


class MappedImport:
    """Takes the rows of a file that a mapping explains, batch by batch."""

    def __init__(
        self,
        mapping: ImportMapping,
        context: ImportContext,
        *,
        by: Actor,
        zone: ZoneInfo,
        now: datetime,
    ) -> None:
        """Start with nothing taken; `now` is the time by which the future is judged."""
        today = now.astimezone(zone).date()
        self._context = context
        self._by = by
        self._now = now
        self._zone = zone
        self._people = FilePatients(create=mapping.patient.create_unknown, by=by, today=today)
        self._same_people = SamePeople(context, by=by, column=mapping.patient.record_number)
        self._series = SeriesBuilder(context, by=by, zone=zone)
        self._describes = bool(mapping.patient.columns or mapping.patient.keep_in_notes)
        self._instruments = library()
        self._new_id = FreshIds()
        self._scores: dict[ScoreKey, KnownScore] = {}
        self._same_day = SameDayScores(self._instruments, context, zone)
        self._doses = Doses(context)
        self._fast_check = FastCheck(now=now, zone=zone)
        self._judged = JudgedDoses(context.labels)
        self._in_order: set[int] = set()
        self._sittings: dict[int, list[SessionRecord]] = {}
        self._last: dict[str, SessionDraft] = {}
        self._neighbours = SessionNeighbours(by=by, zone=zone)
        self._summary = ScoreSummary(self._instruments)
        self._dangers = DangerList(self._instruments, now=now)

    def take(self, rows: Iterable[MappedRow]) -> None:
        """Take a batch: refuse, count as a duplicate or keep each row."""
        batch = list(rows)
        self._context.read += sum(row.rows for row in batch)
        batch = self._same_people.settle_mapped(batch)
        self._people.learn(batch)
        ids = [
            known.id
            for row in batch
            if row.patient and (known := self._people.known.get(row.patient.record_number))
        ]
        self._context.found.update(ids)
        there = existing.scores_of(ids, by=self._by)
        self._scores |= there
        self._same_day.learn(there.values())
        self._sittings |= existing.sessions_of(ids, by=self._by)
        self._series.learn(ids)
        self._in_order = self._look_at_a_glance(batch)
        for row in batch:
            self._take(row)

    def _look_at_a_glance(self, batch: Sequence[MappedRow]) -> set[int]:
        """Name the sessions of a batch that have neither problem nor finding by themselves."""
        drafts = [given.draft for row in batch for given in row.sessions]
        passed = self._fast_check.passes_drafts(drafts)
        return {id(draft) for draft, yes in zip(drafts, passed, strict=True) if yes}

    def finish(self) -> None:
        """Put the sessions into series and enter the patients who are new."""
        for new, problem in self._people.too_much():
            if not self._context.problems:  # else their own rows have said so already
                column = new.columns.get(problem.field, "")
                self._context.refuse([RowProblem(new.line, column, problem.message)])
        # What is not looked at any more goes before the rows are made, which take as much.
        self._same_day.forget_rows()
        self._same_people.forget_rows()
        self._last.clear()
        self._in_order.clear()
        self._people.keep(self._context)
        self._series.keep(self._sittings)
        self._context.remarks += self._neighbours.remarks()
        self._neighbours.forget()
        self._context.remarks += self._summary.remarks()
        self._context.remarks += self._dangers.remarks()
        if self._describes and self._context.found:
            message = (
                f"{len(self._context.found)} patients are known already: what the file says of "
                "them, notes included, was not taken over."
            )
            self._context.remarks.append(RowProblem(0, "", message))

    def is_unchanged(self) -> bool:
        """Say whether what was looked up is still so."""
        ids = [known.id for known in self._people.known.values()]
        return (
            self._people.is_unchanged()
            and existing.scores_of(ids, by=self._by) == self._scores
            and existing.sessions_of(ids, by=self._by) == self._sittings
            and self._series.is_unchanged()
        )

    def _take(self, row: MappedRow) -> None:
        problems = list(row.problems)
        self._context.remarks += row.remarks
        if row.patient is None and not problems:
            self._context.left_out += row.rows
            return
        if row.patient is None:
            self._context.refuse(problems, row.rows)
            return
        mismatches = self._people.check(row.patient)
        problems += [
            _row_problem(row, problem, row.patient_columns, row.patient) for problem in mismatches
        ]
        known = self._people.known.get(row.patient.record_number)
        born = self._people.birth_date(row.patient)
        found = _RowResult(known.id if known else 0, [], [], problems, born)
        for score in row.scores:
            self._look_at_score(row, score, found)
        for file_session in row.sessions:
            self._look_at_session(row, file_session, found)
        if found.problems:
            self._context.refuse(found.problems, row.rows)
        else:
            self._keep(row, found)

    def _keep(self, row: MappedRow, found: _RowResult) -> None:
        assert row.patient is not None  # noqa: S101 - a row without one was refused
        number = row.patient.record_number
        scores = [
            (score, checked)
            for score, checked in found.scores
            if self._same_day.admits(row.row, score.columns.get("total", ""), number, score.draft)
        ]
        patient_id, is_new = self._people.id_of(row.patient, row)
        if not (is_new or scores or found.sessions):
            if found.scores or found.leaves_out:
                self._context.left_out += row.rows
            else:
                self._context.duplicates += row.rows
            return
        for score, checked in scores:
            self._keep_score(patient_id, score.draft, checked)
            self._note(row.row, score.draft, checked)
            if checked.disagrees:
                problem = Problem("total", import_scores.disagreement(checked))
                self._context.remarks.append(_row_problem(row, problem, score.columns, score.draft))
        for file_session in found.sessions:
            self._series.add(patient_id, file_session)
            self._place(patient_id, file_session)

    def _place(self, patient_id: int, file_session: FileSession) -> None:
        """Remember when a session was, to be held against the others of its patient."""
        draft = file_session.draft
        assert draft.started_at is not None  # noqa: S101 - one without was refused
        ended = end_of(draft.started_at, draft.discharged_at, draft.duration_minutes)
        placed = PlacedSession(draft.started_at, ended, file_session.line, file_session.heading)
        self._neighbours.note(patient_id, placed)

    def _note(self, line: int, draft: AssessmentDraft, checked: CheckedScore) -> None:
        """Remember what is said of the forms that are stored once all have been read."""
        code, taken_at = draft.instrument, draft.taken_at
        assert taken_at is not None  # noqa: S101 - one without was refused
        self._summary.note(line, code, checked)
        self._dangers.note(line, code, checked.total, checked.answers or {}, taken_at)

    def _keep_score(self, patient_id: int, draft: AssessmentDraft, checked: CheckedScore) -> None:
        self._context.scores.append(
            (
                self._new_id(),
                patient_id,
                None,
                None,
                draft.instrument,
                self._instruments[draft.instrument].version,
                checked.total,
                draft.taken_at,
                draft.time_known,
                draft.occasion,
                draft.hours_after,
                draft.note,
                draft.mode,
                checked.completeness,
                checked.stated_total,
                draft.seconds_taken,
                import_scores.stored_answers(checked.answers),
            )
        )
        self._context.touch(patient_id, "scores")

    def _look_at_score(self, row: MappedRow, score: IncomingScore, found: _RowResult) -> None:
        draft, columns = score.draft, {"instrument": score.columns["total"]} | dict(score.columns)
        problems = [
            *import_scores.check_draft(draft, self._instruments, now=self._now),
            *age.check_born("taken_at", draft.taken_at, found.birth_date, self._zone),
        ]
        if problems:
            found.problems += [_row_problem(row, problem, columns, draft) for problem in problems]
            return
        checked = import_scores.reckon(draft, self._instruments)
        assert draft.taken_at is not None  # noqa: S101 - a score without a time was refused
        key = (
            found.patient_id, draft.instrument, draft.taken_at, draft.occasion, draft.hours_after,
        )  # fmt: skip
        there = self._scores.get(key)
        if there is None or (there.is_voided and checked.differs(there.record)):
            found.scores.append((score, checked))
        elif checked.differs(there.record):
            message = "The tracker has another score for this time. Correct it there, or here."
            found.problems.append(_row_problem(row, Problem("total", message), columns, draft))
        elif there.is_voided:
            message = "This score was voided in the tracker and stays voided."
            self._context.remarks.append(
                _row_problem(row, Problem("total", message), columns, draft)
            )

    def _look_at_session(self, row: MappedRow, given: IncomingSession, found: _RowResult) -> None:
        draft, columns = given.draft, given.columns
        problems: list[Problem] = []
        if id(draft) not in self._in_order:
            problems += session_draft.check(draft, now=self._now)
            problems += import_checks.check_year("started_at", draft.started_at)
        problems += age.check_born("started_at", draft.started_at, found.birth_date, self._zone)
        there = next(
            (
                other
                for other in self._sittings.get(found.patient_id, ())
                if other.started_at == draft.started_at
            ),
            None,
        )
        if there is not None and (
            names := list(_contradictions(draft, session_rows.draft_of(there)))
        ):
            message = (
                f"The tracker has something else in {', '.join(names)} for this session. "
                "Amend it there, or leave the row out."
            )
            problems.append(Problem("started_at", message))
        if there is None and not problems:
            self._ask_and_keep(row, draft, columns, found)
        found.problems += [_row_problem(row, problem, columns, draft) for problem in problems]

    def _ask_and_keep(
        self, row: MappedRow, draft: SessionDraft, columns: Mapping[str, str], found: _RowResult
    ) -> None:
        about = self._about(row, draft, found.patient_id)
        if id(draft) in self._in_order and self._judged.is_clear(draft, about):
            heading = columns.get("started_at", "")
            found.sessions.append(FileSession(row.row, draft, heading))
            assert row.patient is not None  # noqa: S101 - a row without one was refused
            self._last[row.patient.record_number] = draft
            return
        if self._doses.admits(row.row, columns.get("dose_mg", ""), draft, about):
            heading = columns.get("started_at", "")
            found.sessions.append(FileSession(row.row, draft, heading))
            self._remark(row, draft, columns, about)
        else:
            found.leaves_out = True

    def _about(self, row: MappedRow, draft: SessionDraft, patient_id: int) -> SessionContext:
        """Say what a session is judged by: the plan here, and the patient's row before."""
        assert row.patient is not None  # noqa: S101 - a row without one was refused
        last = self._last.get(row.patient.record_number)
        if last is not None and (last.started_at or self._now) > (draft.started_at or self._now):
            last = None
        weighed = any(other.weight_kg for other in self._sittings.get(patient_id, ()))
        planned = planned_of(self._series.begun_by(patient_id, draft))
        return replace(planned, last=last, had_weight=weighed)

    def _remark(
        self,
        row: MappedRow,
        draft: SessionDraft,
        columns: Mapping[str, str],
        about: SessionContext,
    ) -> None:
        """Remark on what is unusual by itself or as a change from the patient's row before."""
        assert row.patient is not None  # noqa: S101 - a row without one was refused
        found = import_checks.findings_of(draft, about, self._context.labels)
        for finding in self._doses.leave_out_asked(row.row, found):
            problem = Problem(finding.field, f"{finding.message} ({finding.source})")
            self._context.remarks.append(_row_problem(row, problem, columns, draft))
        self._last[row.patient.record_number] = draft


def _row_problem(
    row: MappedRow, problem: Problem, columns: Mapping[str, str], draft: Any
) -> RowProblem:
    """Say a problem by the file's own heading, with the value as far as it is one."""
    heading = columns.get(problem.field) or columns.get("total", "")
    value = getattr(draft, problem.field, None)
    return RowProblem(
        row.row, heading, problem.message, shorten("" if value is None else str(value))
    )


def _contradictions(draft: SessionDraft, there: SessionDraft) -> Iterator[str]:
    """Name what a row says otherwise than the tracker; what it leaves out it does not say."""
    for name in SessionDraft.__struct_fields__:
        new, old = getattr(draft, name), getattr(there, name)
        if isinstance(new, VitalSigns):
            pairs = [
                (getattr(new, name), getattr(old, name)) for name in VitalSigns.__struct_fields__
            ]
            differs = any(a is not None and a != b for a, b in pairs)
        else:
            differs = new not in (None, "", {}) and not _says_the_same(name, new, old)
        if differs:
            yield name


def _says_the_same(name: str, new: Any, old: Any) -> bool:
    """Compare a value; a weight that was kept to a tenth of a kilogram is the same weight."""
    if name == "weight_kg" and old is not None:
        return bool(round(new, 1) == round(old, 1))
    return bool(name == "weight_unit" or new == old)
