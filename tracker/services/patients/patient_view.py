"""What patients see of their own treatment. Private notes and comments are not even read here."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select

from tracker.domain.access import Actor, Permission, Subject, authorize
from tracker.domain.codes import Drug, Effect, Indication, Route, SessionState, Severity, SideEffect
from tracker.domain.drugs import is_nasal_esketamine
from tracker.domain.problems import NotFoundError
from tracker.domain.progress.trend import Audience, Trend
from tracker.models.clinics import Clinic
from tracker.models.database import db
from tracker.models.series import Series
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.check_ins import commands as check_in_commands
from tracker.services.check_ins.commands import CheckInView
from tracker.services.progress import pictures as progress_pictures
from tracker.services.progress.pictures import Course
from tracker.services.unit_of_work import note

_columns = TreatmentSession.__table__.c
# Named one by one: a column that is added to the table is not shown to patients by accident.
_SHOWN = (
    _columns.id,
    _columns.number,
    _columns.state,
    _columns.planned_on,
    _columns.started_at,
    _columns.drug,
    _columns.route,
    _columns.dose_mg,
    _columns.dose_mg_per_kg,
    _columns.duration_minutes,
    _columns.mood_before,
    _columns.mood_after,
    _columns.pain_before,
    _columns.pain_after,
    _columns.dissociation_peak,
    _columns.effects,
    _columns.effects_other,
    _columns.side_effects,
    _columns.side_effects_other,
    _columns.patient_notes,
)
_MINE = (
    select(*_SHOWN, Series.__table__.c.indication, Clinic.__table__.c.time_zone)
    .join_from(TreatmentSession.__table__, Series.__table__)
    .join(Clinic.__table__, Clinic.__table__.c.id == _columns.clinic_id)
    .where(
        _columns.patient_id == bindparam("patient_id"),
        _columns.clinic_id == bindparam("clinic_id"),
    )
)
_ONE_OF_MINE = _MINE.where(_columns.id == bindparam("session_id"))
# What the picture needs, and the notes meant for the patient: one query brings both.
_MY_SESSIONS = progress_pictures.SESSIONS.add_columns(_columns.patient_notes)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLine:
    """A session in its patient's list. `day` is the day in the clinic; '' is no note."""

    session_id: int
    number: int
    state: SessionState
    day: date | None
    drug: Drug
    route: Route
    notes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSession:
    """A session as its patient may read it. Missing is None, never 0; '' is no note.

    `day` is the day in the clinic. `number` counts from 1 within a series.
    """

    session_id: int
    number: int
    indication: Indication
    state: SessionState
    day: date | None
    started_at: datetime | None
    drug: Drug
    route: Route
    dose_mg: Decimal | None
    dose_mg_per_kg: Decimal | None
    duration_minutes: int | None
    mood_before: int | None
    mood_after: int | None
    pain_before: int | None
    pain_after: int | None
    dissociation_peak: int | None
    effects: Mapping[Effect, Severity]
    effects_other: str
    side_effects: Mapping[SideEffect, Severity]
    side_effects_other: str
    notes: str

    @property
    def dosed_by_weight(self) -> bool:
        """Whether mg/kg says something: a dose of whole devices by weight would only puzzle."""
        return self.dose_mg_per_kg is not None and not is_nasal_esketamine(self.drug, self.route)


@dataclass(frozen=True, slots=True)
class OwnProgress:
    """The course as its patient sees it; what is shown of it is made when it is asked for."""

    course: Course
    waiting: Sequence[CheckInView] = ()  # what can be answered right now

    @property
    def key(self) -> Hashable:
        """Tell it from every other: those of equal keys look the same."""
        return self.course.key

    @property
    def trend(self) -> Trend:
        """The course, prepared for the picture."""
        return self.course.trend()

    @property
    def ahead(self) -> tuple[OwnLine, ...]:
        """What is planned from today on."""
        today, planned = self.course.today, SessionState.PLANNED
        lines = (line for line in self._lines() if line.state is planned)
        return tuple(line for line in lines if line.day and line.day >= today)

    @property
    def so_far(self) -> tuple[OwnLine, ...]:
        """What is planned no more, the newest first."""
        lines = (line for line in self._lines() if line.state is not SessionState.PLANNED)
        return tuple(lines)[::-1]

    def _lines(self) -> list[OwnLine]:
        zone = self.course.zone
        return sorted((_line(row, zone) for row in self.course.sessions), key=_when)


def progress(*, by: Actor) -> OwnProgress:
    """Show patients how they are doing, what comes next, and the sessions so far."""
    patient_id = _myself(by)
    course = progress_pictures.load(
        patient_id, by=by, audience=Audience.PATIENT, with_sessions=_MY_SESSIONS
    )
    note(by, "progress.viewed", f"patient:{patient_id}", patient_id=patient_id)
    return OwnProgress(course, check_in_commands.waiting(by=by) if course.is_asked else ())


def treatment_session(session_id: int, *, by: Actor) -> OwnSession:
    """Show patients one of their sessions; anybody else's does not exist for them."""
    patient_id = _myself(by)
    wanted = {"patient_id": patient_id, "clinic_id": by.clinic_id, "session_id": session_id}
    found = db.session.connection().execute(_ONE_OF_MINE, wanted).one_or_none()
    if found is None:
        raise NotFoundError
    note(by, "session.viewed", f"session:{session_id}", patient_id=patient_id)
    return _shown(found)


def _myself(by: Actor) -> int:
    if by.patient_id is None:
        raise NotFoundError
    authorize(by, Permission.OWN_RECORD_VIEW, Subject(by.clinic_id, by.patient_id))
    return by.patient_id


def _line(row: Any, zone: ZoneInfo) -> OwnLine:
    return OwnLine(
        session_id=row.id,
        number=row.number,
        state=SessionState(row.state),
        day=_day(row, zone),
        drug=Drug(row.drug),
        route=Route(row.route),
        notes=row.patient_notes,
    )


def _day(row: Any, zone: ZoneInfo) -> date | None:
    held: datetime | None = row.started_at
    planned: date | None = row.planned_on
    return planned if held is None else held.astimezone(zone).date()


def _shown(row: Any) -> OwnSession:
    return OwnSession(
        session_id=row.id,
        number=row.number,
        indication=Indication(row.indication),
        state=SessionState(row.state),
        day=_day(row, ZoneInfo(row.time_zone)),
        started_at=row.started_at,
        drug=Drug(row.drug),
        route=Route(row.route),
        dose_mg=row.dose_mg,
        dose_mg_per_kg=row.dose_mg_per_kg,
        duration_minutes=row.duration_minutes,
        mood_before=row.mood_before,
        mood_after=row.mood_after,
        pain_before=row.pain_before,
        pain_after=row.pain_after,
        dissociation_peak=row.dissociation_peak,
        effects={Effect(code): Severity(grade) for code, grade in row.effects.items()},
        effects_other=row.effects_other,
        side_effects={SideEffect(code): Severity(g) for code, g in row.side_effects.items()},
        side_effects_other=row.side_effects_other,
        notes=row.patient_notes,
    )


def _when(line: OwnLine) -> tuple[date, int]:
    return line.day or date.min, line.number
