"""Rows of our own tables, each compared with what is there and checked, ready to be stored."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from tracker.domain import age, measures
from tracker.domain.access import Actor
from tracker.domain.codes import BeforeOrAfter
from tracker.domain.measures import SIGN_NAMES
from tracker.domain.patients import draft as patient_draft
from tracker.domain.patients.record import PatientRecord
from tracker.domain.problems import Problem
from tracker.domain.scores.record import ScoreRecord
from tracker.exchange.cells import dates, numbers
from tracker.exchange.columns import Table, Values
from tracker.exchange.rows import NativeRow, RowProblem, shorten
from tracker.exchange.tables.patients import PATIENTS
from tracker.exchange.tables.scores import SCORES
from tracker.exchange.tables.series import SERIES
from tracker.exchange.tables.sessions import SESSIONS
from tracker.instruments import library
from tracker.models.database import new_id
from tracker.services.imports import checks as import_checks
from tracker.services.imports import existing
from tracker.services.imports import scores as import_scores
from tracker.services.imports import store as import_store
from tracker.services.imports.existing import KnownPatient, KnownScore, KnownSeries, ScoreKey
from tracker.services.imports.fast_path import FastCheck
from tracker.services.imports.neighbours import PlacedSession, SessionNeighbours, end_of
from tracker.services.imports.plan import ImportContext
from tracker.services.imports.questions import Doses, SameDayScores, SamePeople
from tracker.services.imports.scores import DangerList

_NO_PATIENT = (
    "There is no patient with this record number. Import the patients first: "
    "tracker import patients.csv"
)
_NO_SERIES = (
    "The patient has no series of this number. Import the series first: tracker import series.csv"
)
_TAKEN = "This number belongs to another record already. Correct it, or leave the row out."
_ROUNDED = Problem("session_id", numbers.ROUNDED_IDS)
_WHEN = SCORES.heading_of("taken_at")
_SAME_PERSON = ("birth_date", "given_name", "family_name")
_NO_SIGNS = (None,) * len(SIGN_NAMES)


class NativeImport:
    """Takes the rows of one of our own tables, batch by batch."""

    def __init__(
        self, table: Table, context: ImportContext, *, by: Actor, zone: ZoneInfo, now: datetime
    ):
        """Start with nothing taken; `now` is the time by which the future is judged."""
        self._table = table
        self._context = context
        self._by = by
        self._zone = zone
        self._now = now
        self._fast_check = FastCheck(now=now, zone=zone)
        self._instruments = library()
        self._dangers = DangerList(self._instruments, now=now)
        self._people = SamePeople(context, by=by, column=table.heading_of("record_number"))
        self._same_day = SameDayScores(self._instruments, context, zone)
        self._doses = Doses(context)
        self._compared: dict[ScoreKey, KnownScore] = {}
        self._compared_of: set[int] = set()
        self._numbers: set[tuple[int, int]] = set()
        self._rounded: NativeRow | None = None  # the first whose id is not known any more
        self._neighbours = SessionNeighbours(by=by, zone=zone)
        self._started = table.heading_of("started_at") if table is SESSIONS else ""
        self._take: Callable[[Sequence[NativeRow]], None] = {
            PATIENTS.name: self._take_patients,
            SERIES.name: self._take_series,
            SESSIONS.name: self._take_sessions,
            SCORES.name: self._take_scores,
        }[table.name]

    def take(self, rows: Sequence[NativeRow]) -> None:
        """Take a batch: refuse, count as a duplicate or keep each row."""
        self._context.read += len(rows)
        readable = []
        for row in rows:
            if row.problems:
                self._context.refuse(row.problems)
            else:
                readable.append(row)
        readable = self._people.settle_native(readable, are_people=self._table is PATIENTS)
        if readable:
            self._take(readable)

    def finish(self) -> None:
        """Say of all the rows together what is to be said."""
        if self._rounded is not None:
            self._context.remarks.append(self._row_problem(self._rounded, _ROUNDED))
        self._context.remarks += self._neighbours.remarks()
        self._neighbours.forget()
        self._context.remarks += self._dangers.remarks()

    def is_unchanged(self) -> bool:
        """Say whether scores that others were held against are still so.

        Every key of these tables is unique in the database, which says so when it stores.
        """
        return existing.scores_of(self._compared_of, by=self._by) == self._compared

    def _take_patients(self, rows: Sequence[NativeRow]) -> None:
        numbers = _values(rows, "record_number")
        there = existing.patient_records(numbers, self._zone, by=self._by)
        today = self._now.astimezone(self._zone).date()
        for row in rows:
            record = row.record
            assert isinstance(record, PatientRecord)  # noqa: S101 - the table builds nothing else
            if stored := there.get(record.record_number):
                self._compare_patient(row, stored, record)
            elif problems := import_checks.check_patient(record, today=today):
                self._refuse(row, problems)
            else:
                self._keep_patient(record)

    def _compare_patient(
        self, row: NativeRow, stored: PatientRecord, record: PatientRecord
    ) -> None:
        for name in _SAME_PERSON:
            here, there = getattr(stored, name), getattr(record, name)
            if here and there and here != there:
                words = name.replace("_", " ")
                message = f"This record number has another {words} here. Is it someone else?"
                self._refuse(row, [Problem(name, message)])
                return
        self._compare(row, stored, record)

    def _keep_patient(self, record: PatientRecord) -> None:
        patient_id = new_id()
        names = (record.given_name, record.family_name, record.record_number)
        archived = record.archived_on
        self._context.patients.append(
            (
                patient_id,
                record.record_number,
                record.given_name,
                record.family_name,
                patient_draft.name_key(*names),
                record.birth_date,
                record.sex,
                record.email,
                record.phone,
                [indication.value for indication in record.indications],
                record.notes,
                dates.noon(archived, self._zone) if archived else None,
                "Archived before the import." if archived else "",
                patient_draft.number_key(record.record_number),
                record.other_number,
            )
        )
        self._context.touch(patient_id, "patients")

    def _take_series(self, rows: Sequence[NativeRow]) -> None:
        known = self._known_patients(rows)
        ids = [patient.id for patient in known.values()]
        there = existing.series_records(ids, by=self._by)
        for row in rows:
            record: Any = row.record
            patient = known.get(record.record_number)
            if patient is None:
                self._refuse(row, [Problem("record_number", _NO_PATIENT)])
            elif stored := there.get((record.record_number, record.number)):
                self._compare(row, stored, record)
            elif problems := [
                *import_checks.check_series(record),
                *age.check_born("starts_on", record.starts_on, patient.birth_date, self._zone),
            ]:
                self._refuse(row, problems)
            else:
                values = (getattr(record, name) for name in import_store.SERIES[2:])
                self._context.series.append((new_id(), patient.id, *values))
                self._context.touch(patient.id, "series")

    def _take_sessions(self, rows: Sequence[NativeRow]) -> None:
        known = self._known_patients(rows)
        courses = existing.series([p.id for p in known.values()], by=self._by)
        places = {
            (number, course.number): (patient, course)
            for number, patient in known.items()
            for course in courses.get(patient.id, ())
        }
        numbered = existing.session_numbers(place[1].id for place in places.values())
        self._numbers |= numbered.keys()
        rounded = existing.name_rounded((row.values for row in rows), places, numbered)
        self._rounded = self._rounded or next(
            (row for row in rows if row.values["session_id"] in rounded), None
        )
        there = existing.sessions_by_id(_values(rows, "session_id"), by=self._by)
        passed = self._fast_check.passes([row.values for row in rows])
        for row, in_order in zip(rows, passed, strict=True):
            values = row.values
            place = places.get((values["record_number"], values["series_number"]))
            if values["session_id"] in there:
                self._compare(row, there[values["session_id"]], row.record)
            elif place is None:
                self._refuse(row, [_nowhere(values, known)])
            else:
                self._keep_session(row, place, in_order=in_order)

    def _keep_session(
        self, row: NativeRow, place: tuple[KnownPatient, KnownSeries], *, in_order: bool
    ) -> None:
        values, (patient, series) = row.values, place
        numbered = series.id, values["number"]
        problems = [] if in_order else import_checks.check_session_row(row, now=self._now)
        if patient.birth_date is not None:
            for field in ("started_at", "planned_on"):
                problems += age.check_born(field, values[field], patient.birth_date, self._zone)
        if numbered in self._numbers:
            problems.append(Problem("number", "The series has a session of this number already."))
        if problems:
            self._refuse(row, problems)
            return
        admitted = self._doses.admits_row(row, series, in_order=in_order)
        if not in_order and values["state"] in import_checks.HELD:
            self._remark(row)
        if admitted:
            self._put_session(row, patient, series)

    def _put_session(self, row: NativeRow, patient: KnownPatient, series: KnownSeries) -> None:
        values, series_id, patient_id = row.values, series.id, patient.id
        self._numbers.add((series_id, values["number"]))
        context, session_id = self._context, values["session_id"]
        dose, minutes = (values["dose_mg"], values["weight_kg"]), values["duration_minutes"]
        reckoned = measures.mg_per_kg(*dose), measures.mg_per_kg_per_hour(*dose, minutes)
        held = values["state"] in import_checks.HELD
        kept = context.sessions if held else context.planned
        kept.append((session_id, patient_id, series_id, *reckoned, *_SESSION_OF(values)))
        for moment, signs_of in _SIGNS_OF:
            signs = signs_of(values)
            if signs != _NO_SIGNS:
                context.readings.append((session_id, moment, *signs))
        context.touch(patient_id, "sessions")
        if held and (start := values["started_at"]) is not None:
            ended = end_of(start, values["discharged_at"], values["duration_minutes"])
            placed = PlacedSession(
                start, ended, row.row, self._started, values["planned_on"], series.starts_on
            )
            self._neighbours.note(patient_id, placed)

    def _remark(self, row: NativeRow) -> None:
        """Remark on what is unusual about a session that was held."""
        record: Any = row.record
        found = import_checks.findings_of(record, labels=self._context.labels)
        for finding in self._doses.leave_out_asked(row.row, found):
            problem = Problem(finding.field, f"{finding.message} ({finding.source})")
            self._context.remarks.append(self._row_problem(row, problem))

    def _take_scores(self, rows: Sequence[NativeRow]) -> None:
        known = self._known_patients(rows)
        courses = existing.series([p.id for p in known.values()], by=self._by)
        ids = [value for value in _values(rows, "session_id") if value is not None]
        sittings = existing.sessions_places(ids, by=self._by)
        there = existing.scores_by_id(_values(rows, "score_id"), by=self._by)
        self._compare_days([row for row in rows if row.values["score_id"] not in there], known)
        for row in rows:
            record: Any = row.record
            patient = known.get(record.record_number)
            if record.score_id in there:
                self._compare_score(row, there[record.score_id], record)
                continue
            if patient is None:
                self._refuse(row, [Problem("record_number", _NO_PATIENT)])
                continue
            numbered = {course.number: course.id for course in courses.get(patient.id, ())}
            problems = import_scores.check_record(record, self._instruments, now=self._now)
            problems += age.check_born("taken_at", record.taken_at, patient.birth_date, self._zone)
            problems += _place_problems(record, numbered, sittings)
            if problems:
                self._refuse(row, problems)
            elif not self._same_day.admits(row.row, _WHEN, record.record_number, record):
                self._context.left_out += 1
            else:
                self._keep_score(record, patient, numbered.get(record.series_number))
                self._dangers.note(
                    row.row, record.instrument, record.total, record.answers, record.taken_at
                )

    def _compare_days(self, rows: Sequence[NativeRow], known: dict[str, KnownPatient]) -> None:
        """Look up what the days of new scores have already."""
        ids = {known[number].id for number in _values(rows, "record_number") if number in known}
        there = existing.scores_of(ids - self._compared_of, by=self._by)
        self._compared_of |= ids
        self._compared |= there
        self._same_day.learn(there.values())

    def _keep_score(
        self, record: ScoreRecord, patient: KnownPatient, series_id: int | None
    ) -> None:
        version = record.instrument_version or self._instruments[record.instrument].version
        self._context.scores.append(
            (
                record.score_id,
                patient.id,
                series_id,
                record.session_id,
                record.instrument,
                version,
                record.total,
                record.taken_at,
                record.time_known,
                record.occasion,
                record.hours_after,
                record.note,
                record.mode,
                record.completeness,
                record.stated_total,
                record.seconds_taken,
                import_scores.stored_answers(record.answers),
            )
        )
        self._context.touch(patient.id, "scores")

    def _compare_score(
        self, row: NativeRow, stored: KnownScore | None, record: ScoreRecord
    ) -> None:
        self._compare(row, stored.record if stored else None, record)
        if stored is not None and stored.is_voided:
            message = "This score was voided in the tracker and stays voided."
            self._context.remarks.append(self._row_problem(row, Problem("score_id", message)))

    def _known_patients(self, rows: Sequence[NativeRow]) -> dict[str, KnownPatient]:
        known = existing.patients(_values(rows, "record_number"), by=self._by)
        self._context.found.update(patient.id for patient in known.values())
        return known

    def _compare(self, row: NativeRow, stored: Any, record: Any) -> None:
        """Count a row that says what is there already; refuse one that says something else."""
        key = self._table.key[-1]
        if stored is None or stored.record_number != record.record_number:
            self._refuse(row, [Problem(key, _TAKEN)])
        elif names := import_checks.differing(row.table, stored, record):
            message = (
                f"The tracker has something else in {', '.join(names)}. "
                "Change it there, or leave the row out."
            )
            self._refuse(row, [Problem(key, message)])
        else:
            self._context.duplicates += 1

    def _refuse(self, row: NativeRow, problems: Iterable[Problem]) -> None:
        self._context.refuse([self._row_problem(row, problem) for problem in problems])

    def _row_problem(self, row: NativeRow, problem: Problem) -> RowProblem:
        value = row.values.get(problem.field)
        heading = self._table.heading_of(problem.field)
        return RowProblem(row.row, heading, problem.message, shorten(_as_text(value)))


_SESSION_OF = itemgetter(*import_store.SESSION_FIELDS)
_SIGNS_OF = tuple(
    (moment.value, itemgetter(*(f"{moment.value}_{name}" for name in SIGN_NAMES)))
    for moment in (BeforeOrAfter.BEFORE, BeforeOrAfter.AFTER)
)


def _values(rows: Iterable[NativeRow], field: str) -> list[Any]:
    return [row.values[field] for row in rows]


def _as_text(value: object) -> str:
    if isinstance(value, dates.Instant):
        value = value.at
    return "" if value is None else str(value)


def _nowhere(values: Values, known: dict[str, KnownPatient]) -> Problem:
    if values["record_number"] not in known:
        return Problem("record_number", _NO_PATIENT)
    return Problem("series_number", _NO_SERIES)


def _place_problems(
    record: ScoreRecord, numbered: dict[int, int], sittings: dict[int, tuple[str, int, int]]
) -> list[Problem]:
    """List what is wrong with where a score says it belongs."""
    problems = []
    if record.series_number is not None and record.series_number not in numbered:
        problems.append(Problem("series_number", _NO_SERIES))
    if record.session_id is None:
        return problems
    whose, _, series_number = sittings.get(record.session_id, ("", 0, 0))
    if whose != record.record_number:
        message = "The patient has no such session. Import the sessions first."
        problems.append(Problem("session_id", message))
    elif record.series_number not in (None, series_number):
        problems.append(Problem("session_id", "This session belongs to another series."))
    return problems
