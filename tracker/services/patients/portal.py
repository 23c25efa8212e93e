"""What patients see of their own treatment. Private notes and comments are not even read here."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy import bindparam, select

from tracker.domain.access import Actor, Permission, Subject, authorize
from tracker.domain.check_ins import answers as check_in_answers
from tracker.domain.check_ins.answers import FormAnswers
from tracker.domain.codes import Indication, SessionState
from tracker.domain.drugs import is_nasal_esketamine
from tracker.domain.problems import NotFoundError
from tracker.domain.progress.trend import Audience, Trend
from tracker.domain.sessions import fields as session_fields
from tracker.domain.sessions.draft import SessionDraft
from tracker.domain.sessions.line import SessionLine
from tracker.instruments import library
from tracker.models.check_ins import CheckIn, Reply
from tracker.models.clinics import Clinic
from tracker.models.database import plain_rows
from tracker.models.series import Series
from tracker.models.treatment_sessions import STANDS, TreatmentSession
from tracker.services.check_ins import commands as check_in_commands
from tracker.services.check_ins import unsent
from tracker.services.check_ins.commands import CheckInView
from tracker.services.check_ins.unsent import UnsentForm
from tracker.services.diary import queries as diary_queries
from tracker.services.diary.queries import OwnOffer
from tracker.services.progress import pictures as progress_pictures
from tracker.services.progress.pictures import ProgressRows
from tracker.services.rows import from_row
from tracker.services.unit_of_work import audit

# Only what a declaration opens to patients is read: a column is not shown to them by accident.
_TOLD = tuple(one.name for one in session_fields.DRAFTED if one.is_on_patients_page)
_READ = (*_TOLD, "weight_kg")  # which the dose by weight is reckoned from
_SHOWN = tuple(
    getattr(TreatmentSession, name)
    for name in ("id", "number", "state", "planned_on", "planned_time", "chair", *_READ)
)
_MINE = (
    select(*_SHOWN, Series.indication, Clinic.time_zone)
    .join_from(TreatmentSession, Series)
    .join(Clinic, Clinic.id == TreatmentSession.clinic_id)
    .where(
        TreatmentSession.patient_id == bindparam("patient_id"),
        TreatmentSession.clinic_id == bindparam("clinic_id"),
        STANDS,
    )
)
_ONE_OF_MINE = _MINE.where(TreatmentSession.id == bindparam("session_id"))
# What a patient does not read is as if it had not been recorded.
_EMPTY = SessionDraft(started_at=None, drug=None, route=None)
_NOT_READ = {
    one.name: getattr(_EMPTY, one.name) for one in session_fields.DRAFTED if one.name not in _READ
}
# What the picture needs, and what is told besides: one query brings both.
_MY_SESSIONS = progress_pictures.SESSIONS.add_columns(
    TreatmentSession.patient_notes, TreatmentSession.planned_time, TreatmentSession.chair
)


_HELD = (SessionState.UNDER_WAY, SessionState.COMPLETED)
# Not sent, or declined after some answers. What was sent is a score.
_UNSENT = (
    select(Reply.instrument, Reply.answers, Reply.saved_at)
    .join(CheckIn, CheckIn.id == Reply.check_in_id)
    .where(CheckIn.patient_id == bindparam("patient_id"), Reply.assessment_id.is_(None))
)


class OwnLine(Struct, frozen=True, kw_only=True):
    """A session in its patient's list. `day` is the day in the clinic; '' is no note."""

    line: SessionLine
    day: date | None
    notes: str


class OwnSession(Struct, frozen=True, kw_only=True):
    """A session as its patient may read it: `draft` holds only what its fields open to patients.

    `day` is the day in the clinic. `number` counts from 1 within a series.
    """

    session_id: int
    number: int
    indication: Indication
    state: SessionState
    day: date | None
    planned_time: time | None
    chair: str
    draft: SessionDraft

    @property
    def start(self) -> tuple[int, str, datetime | None]:
        """The session as those are told that may be written about."""
        return self.session_id, self.state, self.draft.started_at

    @property
    def dosed_by_weight(self) -> bool:
        """Whether mg/kg says something: a dose of whole devices by weight would only puzzle."""
        fixed = is_nasal_esketamine(self.draft.drug, self.draft.route)
        return self.draft.dose_mg_per_kg is not None and not fixed


class OwnProgress(Struct, frozen=True):
    """The course as its patient sees it; what is shown of it is made when it is asked for."""

    rows: ProgressRows
    waiting: Sequence[CheckInView] = ()  # what can be answered right now
    begun: Mapping[int, Sequence[UnsentForm]] = {}  # what is answered of it and not sent
    offer: OwnOffer = OwnOffer()  # what may be written about today
    is_crisis: bool = False  # whether the last answers about suicide call for the crisis line

    @property
    def key(self) -> Hashable:
        """Tell it from every other: those of equal keys look the same."""
        return self.rows.key

    @property
    def trend(self) -> Trend:
        """The course, prepared for the picture."""
        return self.rows.trend()

    @property
    def ahead(self) -> tuple[OwnLine, ...]:
        """What is planned from today on."""
        today, planned = self.rows.today, SessionState.PLANNED
        lines = (line for line in self._lines() if line.line.state is planned)
        return tuple(line for line in lines if line.day and line.day >= today)

    @property
    def has_unrecorded(self) -> bool:
        """Whether the day of a planned session is over: they may have come, and know it."""
        today, planned = self.rows.today, SessionState.PLANNED
        lines = (line for line in self._lines() if line.line.state is planned)
        return any(line.day and line.day < today for line in lines)

    @property
    def called_off(self) -> tuple[OwnLine, ...]:
        """What was cancelled of today and of coming days."""
        return tuple(line for line in self._lines() if self._is_called_off(line))

    @property
    def so_far(self) -> tuple[OwnLine, ...]:
        """What is planned no more, the newest first; what was cancelled once its day is over."""
        return tuple(
            line
            for line in self._lines()
            if line.line.state is not SessionState.PLANNED and not self._is_called_off(line)
        )[::-1]

    def _is_called_off(self, line: OwnLine) -> bool:
        is_ahead = line.day is not None and line.day >= self.rows.today
        return is_ahead and line.line.state is SessionState.CANCELLED

    def _lines(self) -> list[OwnLine]:
        """List all but what was cancelled of a day on which they were treated all the same."""
        zone = self.rows.zone
        lines = sorted((_line(row, zone) for row in self.rows.sessions), key=_when)
        held = {line.day for line in lines if line.line.state in _HELD}
        cancelled = SessionState.CANCELLED
        return [one for one in lines if one.line.state is not cancelled or one.day not in held]


def progress(*, by: Actor) -> OwnProgress:
    """Show patients how they are doing, what comes next, and the sessions so far."""
    patient_id = _myself(by)
    rows = progress_pictures.load(
        patient_id, by=by, audience=Audience.PATIENT, with_sessions=_MY_SESSIONS
    )
    waiting = check_in_commands.waiting(by=by) if rows.is_asked else ()
    mine = OwnProgress(
        rows,
        waiting,
        unsent.of_check_ins((one.check_in_id for one in waiting), by=by),
        diary_queries.offer(_starts(rows), rows.zone, by=by),
        check_in_answers.is_last_crisis(_form_answers(rows, patient_id)),
    )
    audit(by, "progress.viewed", f"patient:{patient_id}", patient_id=patient_id)
    return mine


def summary(*, by: Actor) -> OwnProgress:
    """Show patients their treatment in short: the course, and whether to show whom to call."""
    patient_id = _myself(by)
    rows = progress_pictures.load(patient_id, by=by, audience=Audience.PATIENT)
    is_crisis = check_in_answers.is_last_crisis(_form_answers(rows, patient_id))
    audit(by, "progress.viewed", f"patient:{patient_id}", patient_id=patient_id)
    return OwnProgress(rows, is_crisis=is_crisis)


def treatment_session(session_id: int, *, by: Actor) -> OwnSession:
    """Show patients one of their sessions; anybody else's does not exist for them."""
    patient_id = _myself(by)
    wanted = {"patient_id": patient_id, "clinic_id": by.clinic_id, "session_id": session_id}
    found = plain_rows(_ONE_OF_MINE, wanted).one_or_none()
    if found is None:
        raise NotFoundError
    audit(by, "session.viewed", f"session:{session_id}", patient_id=patient_id)
    return _own_session(found)


def _myself(by: Actor) -> int:
    if by.patient_id is None:
        raise NotFoundError
    authorize(by, Permission.OWN_RECORD_VIEW, Subject(by.clinic_id, by.patient_id))
    return by.patient_id


def _starts(rows: ProgressRows) -> Iterator[tuple[int, str, datetime | None]]:
    return ((row.id, row.state, row.started_at) for row in rows.sessions)


def _form_answers(rows: ProgressRows, patient_id: int) -> Iterator[FormAnswers]:
    """Tell what was answered, sent or not, the newest first; read as far as somebody asks."""
    unsent_rows = plain_rows(_UNSENT, {"patient_id": patient_id}) if rows.has_unsent else ()
    given = [(row.taken_at, row, progress_pictures.answers_of) for row in rows.scores]
    given += [(row.saved_at, row, _unsent_answers) for row in unsent_rows]
    for at, row, answers_of in sorted(given, key=itemgetter(0), reverse=True):
        instrument = library().get(row.instrument)
        if instrument is not None and instrument.safety_items:
            yield FormAnswers(instrument, answers_of(row), at.astimezone(rows.zone))


def _unsent_answers(row: Any) -> dict[str, Decimal]:
    return check_in_answers.values(check_in_answers.read(row.answers))


def _line(row: Any, zone: ZoneInfo) -> OwnLine:
    line = from_row(
        SessionLine,
        row,
        session_id=row.id,
        state_reason="",
        planned_dose_mg=None,
        planned_dose_mg_per_kg=None,
    )
    return OwnLine(line=line, day=_day(row, zone), notes=row.patient_notes)


def _day(row: Any, zone: ZoneInfo) -> date | None:
    held: datetime | None = row.started_at
    planned: date | None = row.planned_on
    return planned if held is None else held.astimezone(zone).date()


def _own_session(row: Any) -> OwnSession:
    return from_row(
        OwnSession,
        row,
        session_id=row.id,
        day=_day(row, ZoneInfo(row.time_zone)),
        draft=from_row(SessionDraft, row, **_NOT_READ),
    )


def _when(line: OwnLine) -> tuple[date, int]:
    return line.day or date.min, line.line.number
