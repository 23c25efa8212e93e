"""E-mails on the day before a session: whom they may go to, once for each day and time of it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import and_, or_, select

from tracker.domain.check_ins import messages as check_in_messages
from tracker.domain.check_ins.messages import AppointmentNotice
from tracker.domain.clinic.planning import PlanningSettings
from tracker.domain.clinic.settings import ClinicSettings
from tracker.models.database import db
from tracker.models.letters import Letter
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.calendar import appointment_changes
from tracker.services.calendar.visits import about_visit, planned_visits
from tracker.services.check_ins.outbox import DAY_BEFORE, MOVED, QueuedLetter
from tracker.services.clinic import clinics

OWN_PAGE = "/my/"
JUST_TOLD = timedelta(days=1)  # who was told just now of the day that they come on, knows


def due(clinic_id: int, now: datetime) -> Iterator[tuple[str, str, str]]:
    """Yield what to write, about what and to whom: first what takes back or changes what was told.

    Then sessions of tomorrow that nobody was told of yet. Who was told another time is told again,
    or would come when it holds no more.
    """
    clinic = clinics.view(clinic_id)
    if not PlanningSettings.read(clinic.settings).day_before:
        return
    changes = list(appointment_changes.due(clinic_id, clinic.zone, now))
    yield from changes
    tomorrow = now.astimezone(clinic.zone).date() + timedelta(days=1)
    query = planned_visits().where(
        TreatmentSession.clinic_id == clinic_id, TreatmentSession.planned_on == tomorrow
    )
    rows = {about_visit(row): row.address for row in db.session.execute(query).all()}
    lie_there = select(Letter.about).where(
        Letter.about.in_(rows),
        Letter.dropped_at.is_(None),
        or_(
            Letter.kind == DAY_BEFORE,
            and_(Letter.kind == MOVED, Letter.queued_at >= now - JUST_TOLD),
        ),
    )
    known = set(db.session.scalars(lie_there)) if rows else set()
    known |= {about for _, about, _ in changes}
    yield from (
        (DAY_BEFORE, about, address) for about, address in rows.items() if about not in known
    )


def notice(letter: QueuedLetter, *, base_address: str, now: datetime) -> tuple[str, str, int]:
    """Give what mails call the clinic, the text, whose it is; LookupError when its time is over."""
    if letter.kind != DAY_BEFORE:
        return appointment_changes.notice(letter, now=now)
    row = db.session.execute(
        planned_visits().where(TreatmentSession.id == letter.about_id)
    ).one_or_none()
    if row is None:
        raise LookupError("not expected any more")
    zone = ZoneInfo(row.time_zone)
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    if row.planned_on != tomorrow or letter.about != about_visit(row):
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
