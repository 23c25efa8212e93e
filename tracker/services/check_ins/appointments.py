"""E-mails on the day before a session: whom they may go to, once for each day it is planned for."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, String, cast, exists, func, literal, select

from tracker.domain.check_ins import messages as check_in_messages
from tracker.domain.check_ins.messages import AppointmentNotice
from tracker.domain.clinic.planning import PlanningSettings
from tracker.domain.clinic.settings import ClinicSettings
from tracker.domain.codes import SeriesState, SessionState
from tracker.models.clinics import Clinic
from tracker.models.database import db
from tracker.models.letters import Letter
from tracker.models.patients import Patient
from tracker.models.series import Series
from tracker.models.treatment_sessions import TreatmentSession
from tracker.models.users import User
from tracker.services.check_ins.outbox import DAY_BEFORE, QueuedLetter
from tracker.services.clinic import clinics

OWN_PAGE = "/my/"
ADDRESS = func.coalesce(func.nullif(Patient.email, ""), User.email)


def due(clinic_id: int, now: datetime) -> Iterator[tuple[str, str]]:
    """Yield what to write about, and to whom: sessions of tomorrow that nobody was told of yet."""
    clinic = clinics.view(clinic_id)
    if not PlanningSettings.read(clinic.settings).day_before:
        return
    tomorrow = now.astimezone(clinic.zone).date() + timedelta(days=1)
    lies_there = exists().where(
        Letter.about
        == literal("session:") + cast(TreatmentSession.id, String) + literal(_suffix(tomorrow)),
        Letter.kind == DAY_BEFORE,
        Letter.dropped_at.is_(None),
    )
    query = _visits().where(
        TreatmentSession.clinic_id == clinic_id,
        TreatmentSession.planned_on == tomorrow,
        ~lies_there,
    )
    for row in db.session.execute(query).all():
        yield f"session:{row.id}{_suffix(tomorrow)}", row.address


def notice(letter: QueuedLetter, *, base_address: str, now: datetime) -> tuple[str, str, int]:
    """Give the clinic's name, the text and whose it is; LookupError when its time is over."""
    row = db.session.execute(_visits().where(TreatmentSession.id == letter.about_id)).one_or_none()
    if row is None:
        raise LookupError("not expected any more")
    zone = ZoneInfo(row.time_zone)
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    if row.planned_on != tomorrow or not letter.about.endswith(_suffix(tomorrow)):
        raise LookupError("another day")
    if row.address != letter.address:
        raise LookupError("another address")
    if not PlanningSettings.read(row.settings).day_before:
        raise LookupError("these e-mails are off")
    text = check_in_messages.day_before(
        AppointmentNotice(
            clinic_name=row.name,
            phone=ClinicSettings.read(row.settings).phone,
            day=row.planned_on,
            at=row.planned_time,
            own_page=base_address + OWN_PAGE if row.user_id else "",
        )
    )
    return row.name, text, row.patient_id


def _suffix(day: date) -> str:
    """Name the day in what a letter is about: planned for another day it is another letter."""
    return f":{day:%Y%m%d}"


def _visits() -> Select[Any]:
    """Select the sessions to which somebody is expected, with the address to write to."""
    return (
        select(
            TreatmentSession.id,
            TreatmentSession.patient_id,
            TreatmentSession.planned_on,
            TreatmentSession.planned_time,
            Patient.user_id,
            ADDRESS.label("address"),
            Clinic.name,
            Clinic.time_zone,
            Clinic.settings,
        )
        .join(Clinic, Clinic.id == TreatmentSession.clinic_id)
        .join(Series, Series.id == TreatmentSession.series_id)
        .join(Patient, Patient.id == TreatmentSession.patient_id)
        .outerjoin(User, User.id == Patient.user_id)
        .where(
            TreatmentSession.state == SessionState.PLANNED.value,
            Series.state != SeriesState.STOPPED.value,
            Patient.archived_at.is_(None),
            Patient.mail_stopped_at.is_(None),
            ADDRESS.is_not(None),
        )
    )
