"""E-mails on the day before a session: whom they may go to, once for each day and time of it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select

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
    """Yield what to write about, and to whom: sessions of tomorrow that nobody was told of yet.

    Who was told another time is told again, or would come when it holds no more.
    """
    clinic = clinics.view(clinic_id)
    if not PlanningSettings.read(clinic.settings).day_before:
        return
    tomorrow = now.astimezone(clinic.zone).date() + timedelta(days=1)
    query = _visits().where(
        TreatmentSession.clinic_id == clinic_id, TreatmentSession.planned_on == tomorrow
    )
    rows = {_about(row): row.address for row in db.session.execute(query).all()}
    lie_there = select(Letter.about).where(
        Letter.about.in_(rows), Letter.kind == DAY_BEFORE, Letter.dropped_at.is_(None)
    )
    known = set(db.session.scalars(lie_there)) if rows else set()
    yield from ((about, address) for about, address in rows.items() if about not in known)


def notice(letter: QueuedLetter, *, base_address: str, now: datetime) -> tuple[str, str, int]:
    """Give what mails call the clinic, the text, whose it is; LookupError when its time is over."""
    row = db.session.execute(_visits().where(TreatmentSession.id == letter.about_id)).one_or_none()
    if row is None:
        raise LookupError("not expected any more")
    zone = ZoneInfo(row.time_zone)
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    if row.planned_on != tomorrow or letter.about != _about(row):
        raise LookupError("another day or time")
    if row.address != letter.address:
        raise LookupError("another address")
    if not PlanningSettings.read(row.settings).day_before:
        raise LookupError("these e-mails are off")
    settings = ClinicSettings.read(row.settings)
    name = settings.name_in_mails(row.name)
    text = check_in_messages.day_before(
        AppointmentNotice(
            clinic_name=name,
            phone=settings.phone,
            day=row.planned_on,
            at=row.planned_time,
            own_page=base_address + OWN_PAGE if row.user_id else "",
        )
    )
    return name, text, row.patient_id


def _about(row: Any) -> str:
    """Name the day and the time in what a letter is about: moved, it is another letter."""
    at = f"{row.planned_time:%H%M}" if row.planned_time else ""
    return f"session:{row.id}:{row.planned_on:%Y%m%d}{at}"


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
