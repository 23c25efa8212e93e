"""What a patient has chosen about e-mails, and where they go."""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import select

from tracker.domain.access import Actor, Permission, Subject, authorize
from tracker.domain.codes import MailTime
from tracker.domain.problems import NotFoundError
from tracker.models.database import db
from tracker.models.patients import Patient
from tracker.models.users import User
from tracker.services.letters.recipients import ADDRESS


class MailChoice(Struct, frozen=True):
    """Whether and when a patient wants reminders; `stopped_at` None while they come."""

    address: str
    stopped_at: datetime | None
    mail_time: MailTime


def own_choice(*, by: Actor) -> MailChoice:
    """Read what a patient has chosen, for themself; their own page leaves no line."""
    if by.patient_id is None:
        raise NotFoundError
    authorize(by, Permission.OWN_RECORD_VIEW, Subject(by.clinic_id, by.patient_id))
    row = db.session.execute(
        select(ADDRESS.label("address"), Patient.mail_stopped_at, Patient.mail_time)
        .outerjoin_from(Patient, User, User.id == Patient.user_id)
        .where(Patient.id == by.patient_id)
    ).one()
    time = MailTime(row.mail_time or MailTime.MORNING)
    return MailChoice(row.address or "", row.mail_stopped_at, time)
