"""Sessions for calendars outside: a patient's own file, and a clinician's feed by a secret address.

Neither says anything of treatment: an appointment, where, and for staff initials or a number.
"""

import hashlib
import secrets
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy import Executable, bindparam, select, update

from tracker.domain.access import Actor, Permission, Role, Subject, authorize
from tracker.domain.calendar import icalendar
from tracker.domain.calendar import slots as calendar_slots
from tracker.domain.calendar.icalendar import Event
from tracker.domain.clinic.planning import CalendarName, PlanningSettings
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import Drug, Route, SessionState
from tracker.domain.problems import NotFoundError
from tracker.models.clinics import Clinic
from tracker.models.database import db, plain_rows
from tracker.models.patients import Patient
from tracker.models.series import Series
from tracker.models.treatment_sessions import TreatmentSession
from tracker.models.users import User
from tracker.services import clock
from tracker.services.audit.views import note_view
from tracker.services.people import logins
from tracker.services.unit_of_work import audit, unit_of_work

DAYS_BACK, DAYS_AHEAD = 30, 366
# What was cancelled or struck out is sent as cancelled, so that it leaves the other calendar too:
# whoever imported a file drops an event by its UID and a higher SEQUENCE (RFC 5546, 3.2.5).
_CANCELLED = (SessionState.CANCELLED, SessionState.VOIDED)
_SENT = (SessionState.PLANNED, SessionState.UNDER_WAY, SessionState.COMPLETED, *_CANCELLED)
_EVENTS = (
    select(
        TreatmentSession.id,
        TreatmentSession.patient_id,
        TreatmentSession.state,
        TreatmentSession.planned_on,
        TreatmentSession.planned_time,
        TreatmentSession.started_at,
        TreatmentSession.chair,
        TreatmentSession.drug,
        TreatmentSession.route,
        TreatmentSession.version,
        TreatmentSession.recorded_at,
        Series.created_at,
        Patient.given_name,
        Patient.family_name,
        Patient.record_number,
        Clinic.name,
        Clinic.time_zone,
        Clinic.settings,
    )
    .join_from(TreatmentSession, Series, Series.id == TreatmentSession.series_id)
    .join(Patient, Patient.id == TreatmentSession.patient_id)
    .join(Clinic, Clinic.id == TreatmentSession.clinic_id)
    .where(
        TreatmentSession.clinic_id == bindparam("clinic_id"),
        TreatmentSession.planned_on.between(bindparam("first"), bindparam("last")),
        TreatmentSession.state.in_([state.value for state in _SENT]),
        Patient.archived_at.is_(None),
    )
    .order_by(TreatmentSession.planned_on, TreatmentSession.id)
)
_OF_PATIENT = _EVENTS.where(TreatmentSession.patient_id == bindparam("patient_id"))


class Feed(Struct, frozen=True):
    """A calendar file: its text, and a name for it that tells nothing."""

    text: str
    file_name: str


def own(*, by: Actor, next_only: bool = False, session_id: int | None = None) -> Feed:
    """Write a patient's own appointments from today on, the next one, or that of one session.

    Raises NotFoundError for staff, and for a session that is not one of them.
    """
    if by.patient_id is None:
        raise NotFoundError
    authorize(by, Permission.OWN_RECORD_VIEW, Subject(by.clinic_id, by.patient_id))
    rows = _rows(_OF_PATIENT, by, patient_id=by.patient_id)
    ahead = [row for row in rows if row.planned_on >= clock.today(ZoneInfo(row.time_zone))]
    if next_only:
        planned = [row for row in ahead if row.state == SessionState.PLANNED]
        ahead = planned[:1]
    if session_id is not None:
        ahead = [row for row in ahead if row.id == session_id]
        if not ahead:
            raise NotFoundError
    name = ahead[0].name if ahead else "Appointments"
    events = [_event(row, f"Appointment at {row.name}") for row in ahead]
    audit(by, "calendar.taken", f"patient:{by.patient_id}", patient_id=by.patient_id)
    return Feed(icalendar.write(name, events), "appointments.ics")


def make(*, by: Actor) -> str:
    """Make the secret of a clinician's feed, in the place of an earlier one; it is shown once."""
    authorize(by, Permission.TODAY_VIEW)
    token = secrets.token_urlsafe(32)
    _set(by, _hash(token), "calendar.feed-made")
    return token


def end(*, by: Actor) -> None:
    """End the feed: its address answers nobody any more."""
    authorize(by, Permission.TODAY_VIEW)
    _set(by, None, "calendar.feed-ended")


def is_made(*, by: Actor) -> bool:
    """Say whether the person has a feed."""
    query = select(User.calendar_hash).where(User.id == by.user_id)
    return db.session.scalar(query) is not None


def read(token: str, *, address: str) -> Feed:
    """Write the feed of whoever has this secret; NotFoundError for any other."""
    query = select(User.id).where(User.calendar_hash == _hash(token), User.active.is_(True))
    user_id = db.session.scalar(query)
    if user_id is None:
        raise NotFoundError
    by = logins.actor_of(user_id, address=address)
    if Role.CLINICIAN not in by.roles:
        raise NotFoundError
    rows = _rows(_EVENTS, by)
    events = [_event(row, _name(row)) for row in rows]
    note_view(
        by,
        "calendar.feed-read",
        now=clock.now(),
        patients=[row.patient_id for row in rows],
        detail=f"{len(events)} sessions",
    )
    return Feed(icalendar.write(rows[0].name if rows else "Sessions", events), "sessions.ics")


def _set(by: Actor, stored: str | None, action: str) -> None:
    with unit_of_work(by) as unit:
        db.session.execute(
            update(User)
            .where(User.id == by.user_id, User.clinic_id == by.clinic_id)
            .values(calendar_hash=stored)
        )
        unit.audit(action, f"user:{by.user_id}")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _rows(query: Executable, by: Actor, **values: int) -> list[Any]:
    today = clock.now().date()
    window = {
        "first": today - timedelta(days=DAYS_BACK), "last": today + timedelta(days=DAYS_AHEAD),
    }  # fmt: skip
    return list(plain_rows(query, window | {"clinic_id": by.clinic_id} | values))


def _name(row: Any) -> str:
    """Name a patient as the clinic wants it in calendars outside."""
    named = PlanningSettings.read(row.settings).calendar_name
    initials = "".join(f"{part[0]}." for part in (row.given_name, row.family_name) if part)
    if named == CalendarName.RECORD_NUMBER or not initials:
        return str(row.record_number)
    return initials


def _event(row: Any, summary: str) -> Event:
    settings = TreatmentSettings.read(row.settings)
    begins: date | datetime = row.planned_on
    if row.started_at is not None and row.state not in _CANCELLED:
        begins = row.started_at  # held before its day, nobody is expected on it any more
    elif row.planned_time is not None:
        begins = datetime.combine(row.planned_on, row.planned_time, ZoneInfo(row.time_zone))
    return Event(
        uid=f"session-{row.id}@session-tracker",
        begins=begins,
        minutes=calendar_slots.minutes(Drug(row.drug), Route(row.route), settings),
        summary=summary,
        changed_at=row.recorded_at or row.created_at,
        sequence=row.version - 1,
        location=", ".join(filter(None, (row.chair, row.name, settings.address))),
        is_cancelled=row.state in _CANCELLED,
    )
