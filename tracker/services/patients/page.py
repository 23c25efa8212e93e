"""The page of one patient: who they are, how they do, their series and scores, in few queries."""

import json
from collections import Counter
from collections.abc import Hashable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from tracker.domain.access import Actor, Permission, allows
from tracker.domain.codes import (
    Completeness,
    Drug,
    Indication,
    Occasion,
    Route,
    SeriesState,
    SessionState,
)
from tracker.domain.courses import text as course_text
from tracker.domain.progress.trend import Audience
from tracker.domain.safety_checks import schedule as check_schedule
from tracker.domain.safety_checks.schedule import DueCheck, TreatmentSpan
from tracker.domain.scores import diff as score_diff
from tracker.domain.scores import draft as score_draft
from tracker.instruments import library
from tracker.models.assessments import Assessment
from tracker.models.database import plain_rows
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import clock
from tracker.services.alerts import commands as alert_commands
from tracker.services.alerts.commands import AlertView
from tracker.services.check_ins import commands as check_in_commands
from tracker.services.check_ins.commands import CheckInView
from tracker.services.diary import queries as diary_queries
from tracker.services.diary.queries import DiaryLine
from tracker.services.patients import banner as patient_banner
from tracker.services.patients import commands as patient_commands
from tracker.services.patients import formerly
from tracker.services.patients.banner import Banner
from tracker.services.patients.commands import PatientView
from tracker.services.patients.formerly import FormerNotes
from tracker.services.progress import pictures as progress_pictures
from tracker.services.progress.pictures import ProgressRows
from tracker.services.rows import from_row
from tracker.services.safety_checks import rows as check_rows
from tracker.services.series import queries as series_queries
from tracker.services.series.queries import SeriesView
from tracker.services.unit_of_work import audit

SCORES_SHOWN = 5  # the latest; the page of scores has them all

# What the picture needs, and what the page says besides: one query brings both.
_SESSIONS = progress_pictures.SESSIONS.add_columns(
    TreatmentSession.series_id,
    TreatmentSession.state_reason,
    TreatmentSession.planned_time,
    TreatmentSession.chair,
    TreatmentSession.planned_dose_mg,
    TreatmentSession.planned_dose_mg_per_kg,
)
_SCORES = progress_pictures.SCORES.add_columns(
    Assessment.id,
    Assessment.note,
    Assessment.voided_at,
    Assessment.voided_by,
    Assessment.voided_reason,
)
_RUNNING = (SeriesState.ACTIVE, SeriesState.PLANNED)
_PLANNED, _UNDER_WAY = SessionState.PLANNED, SessionState.UNDER_WAY


class NextSession(Struct, frozen=True, kw_only=True):
    """What comes next in a series: `of` says which series, where there are several."""

    session_id: int
    number: int
    under_way: bool
    of: str


class ScoreRow(Struct, frozen=True, kw_only=True):
    """A score as the page lists it; `voided_at` is None while it stands.

    `total` is None for an incomplete one, and `completeness_text` says how much was answered.
    `recall` says that treatment falls within the time it asks about; '' where none does.
    """

    score_id: int
    scale: str
    total: Decimal | None
    meaning: str
    completeness_text: str
    recall: str
    taken_at: datetime
    time_known: bool
    occasion: Occasion
    note: str
    voided_at: datetime | None
    voided_by: str
    voided_reason: str


class PatientPage(Struct, frozen=True):
    """Everything the page shows. What its rows alone decide is made when it is asked for."""

    patient: PatientView
    banner: Banner | None
    today: date
    session_rows: Sequence[Any]
    score_rows: Sequence[Any]
    series_rows: Sequence[Any]
    alerts: Sequence[AlertView]
    check_ins: Sequence[CheckInView]
    former_notes: tuple[FormerNotes, ...] = ()
    words: Sequence[DiaryLine] = ()  # of the patient, that nobody has read yet

    @property
    def key(self) -> Hashable:
        """Tell all but alerts and new words from others: what has equal keys looks the same."""
        rows = (self.session_rows, self.score_rows, self.series_rows)
        values = map(progress_pictures.values, rows)
        return self.patient, self.today, tuple(self.check_ins), self.former_notes, *values

    @property
    def progress(self) -> ProgressRows:
        """The course, for the picture. A voided score is no part of it, but is listed."""
        return ProgressRows(
            self.session_rows,
            [row for row in self.score_rows if row.voided_at is None],
            self.patient.zone,
            self.today,
            Audience.CLINICIAN,
            self.series_rows[0].indication if self.series_rows else None,  # the newest comes first
            rules=self.patient.settings.course_rules,
        )

    @property
    def safety_due(self) -> Sequence[DueCheck]:
        """The safety checks that are due, or soon."""
        treatment = _treatment(self.session_rows, self.patient.zone, self.today)
        last = check_rows.last_days(self.patient.checked)
        return check_schedule.due(treatment, last, self.patient.settings, today=self.today)

    @property
    def scores(self) -> list[ScoreRow]:
        """The latest scores, the newest first."""
        held = SessionState.COMPLETED.value
        starts = [
            row.started_at for row in self.session_rows if row.state == held and row.started_at
        ]
        return [self._score(row, starts) for row in _latest(self.score_rows)]

    def _score(self, row: Any, starts: Sequence[datetime]) -> ScoreRow:
        instrument = library().get(row.instrument)
        answers = {code: Decimal(text) for code, text in json.loads(row.answers).items()}
        completeness = Completeness(row.completeness)
        recall = ""
        if instrument:
            days = score_draft.treatment_days(
                instrument, row.taken_at, starts, zone=self.patient.zone, time_known=row.time_known
            )
            recall = score_draft.recall_sentence(days, instrument.recall_days)
        band = instrument.band(row.total) if instrument and row.total is not None else None
        return from_row(
            ScoreRow,
            row,
            score_id=row.id,
            scale=instrument.short_title if instrument else row.instrument,
            meaning=band.label if band else "",
            completeness_text=score_diff.completeness_text(completeness, answers, instrument),
            recall=recall,
        )

    @property
    def series(self) -> list[SeriesView]:
        """The series with their sessions, the newest first."""
        return series_queries.of_rows(self.series_rows, self.session_rows)

    @property
    def courses(self) -> dict[int, str]:
        """The names of the courses by the numbers of their series; none before the first dose."""
        named = [(course_text.name(course), course) for course in self.progress.courses.in_time]
        return {number: name for name, course in named for number in course.series}

    @property
    def running_series_id(self) -> int | None:
        """The newest series that is not over."""
        return next((row.id for row in self.series_rows if row.state in _RUNNING), None)

    def _comes_next(self, row: Any) -> tuple[bool, bool, int]:
        """Put the one under way first, then the one of today, then those that wait the longest."""
        return row.state == _PLANNED, row.planned_on != self.today, row.number

    @property
    def next_sessions(self) -> list[NextSession]:
        """The session under way, or the first still planned, of each running series, by its day."""
        running = {row.id: row for row in self.series_rows if row.state in _RUNNING}
        first: dict[int, Any] = {}
        for row in sorted(self.session_rows, key=self._comes_next):
            if row.series_id in running and row.state in (_PLANNED, _UNDER_WAY):
                first.setdefault(row.series_id, row)
        found = sorted(
            first.values(),
            key=lambda row: (
                row.state == _PLANNED,
                row.planned_on != self.today,
                row.planned_on or date.max,
                row.series_id,
            ),
        )
        named = _names([running[row.series_id] for row in found])
        return [
            NextSession(
                session_id=row.id,
                number=row.number,
                under_way=row.state == _UNDER_WAY,
                of=named[row.series_id] if len(found) > 1 else "",
            )
            for row in found
        ]


def _names(rows: Sequence[Any]) -> dict[int, str]:
    """Tell one series of a patient from another, on a button; by number where all else is alike."""
    named = {row.id: _of_series(row) for row in rows}
    times = Counter(named.values())
    return {
        row.id: f"series {row.number}, {named[row.id]}"
        if times[named[row.id]] > 1
        else named[row.id]
        for row in rows
    }


def _of_series(row: Any) -> str:
    drug, route = Drug(row.drug).label.lower(), Route(row.route).label
    return f"{Indication(row.indication).within}, {drug} {route}"


def show(patient_id: int, *, by: Actor) -> PatientPage:
    """Gather the page: strangers are refused first, and one audit line is left last."""
    patient = patient_commands.look_up(patient_id, by=by)
    values = {"patient_id": patient_id, "clinic_id": by.clinic_id}
    warned = patient.has_alerts and allows(by, Permission.ALERT_VIEW)
    unread = patient.has_unread and allows(by, Permission.DIARY_VIEW)
    page = PatientPage(
        patient,
        patient_banner.of(patient_id, by=by),
        clock.today(patient.zone),
        session_rows=plain_rows(_SESSIONS, values).all(),
        score_rows=plain_rows(_SCORES, values).all(),
        series_rows=plain_rows(series_queries.OF_PATIENT, values).all(),
        alerts=alert_commands.of_patient(patient_id, by=by) if warned else (),
        check_ins=check_in_commands.current(patient_id, by=by) if patient.is_asked else (),
        words=diary_queries.unread_of(patient_id, by=by) if unread else (),
        former_notes=formerly.read_notes(patient_id) if patient.formerly else (),
    )
    # Last: the connection goes back with it, and to take another one costs as much as a query.
    audit(by, "patient.viewed", f"patient:{patient_id}", patient_id=patient_id)
    return page


def _treatment(sessions: Sequence[Any], zone: ZoneInfo, today: date) -> TreatmentSpan:
    held = [row.started_at for row in sessions if row.state == SessionState.COMPLETED]
    days = [at.astimezone(zone).date() for at in held if at is not None]
    ahead = [row.planned_on for row in sessions if row.state == SessionState.PLANNED]
    return TreatmentSpan(
        first_on=min(days, default=None),
        last_on=max(days, default=None),
        next_on=min((day for day in ahead if day is not None and day >= today), default=None),
    )


def _latest(scores: Sequence[Any]) -> list[Any]:
    """Pick the latest scores; ratings of the moment only where there is nothing else."""
    # Mood and pain are rated several times a day: they would fill the list.
    momentary = {code for code, one in library().items() if not one.recall_days}
    lasting = [row for row in scores if row.instrument not in momentary] or scores
    return sorted(lasting, key=lambda row: (row.taken_at, row.id), reverse=True)[:SCORES_SHOWN]
