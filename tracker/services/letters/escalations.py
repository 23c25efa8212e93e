"""E-mails to clinicians of alerts that nobody acknowledged in time: one of each, no content."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Select, select

from tracker.domain.access import Role
from tracker.domain.clinic.settings import ClinicSettings
from tracker.domain.letters import messages
from tracker.domain.letters.messages import Mail
from tracker.models.alerts import Alert
from tracker.models.clinics import Clinic
from tracker.models.database import db
from tracker.models.letters import Letter
from tracker.models.users import Role as RoleRow
from tracker.models.users import User, user_role
from tracker.services.letters.forms_due import lies_there
from tracker.services.letters.outbox import (
    ESCALATION,
    Due,
    NeedlessError,
    PatientLetter,
    QueuedLetter,
)
from tracker.services.people.logins import ClinicView

ALERTS_PATH = "/alerts/"


def due(clinic: ClinicView, now: datetime) -> Iterator[Due]:
    """Yield whom to tell of which alert."""
    settings = ClinicSettings.read(clinic.settings)
    query = (
        select(Alert.id, User.email)
        .join(User, User.clinic_id == Alert.clinic_id)
        .where(
            Alert.clinic_id == clinic.id,
            Alert.acknowledged_at.is_(None),
            Alert.raised_at <= now - timedelta(minutes=settings.red_after_minutes),
            User.email.in_(_clinicians()),
            ~lies_there(Alert.id, "alert", ESCALATION, Letter.address == User.email),
        )
    )
    for row in db.session.execute(query).all():
        yield Due(ESCALATION, f"alert:{row.id}", row.email)


def write(letter: QueuedLetter, *, base_address: str) -> tuple[Mail, PatientLetter]:
    """Write to a clinician; raise NeedlessError when it is acknowledged, or they work here no more.

    It says whom the alert is about, for the audit trail.
    """
    row = db.session.execute(
        select(Alert.patient_id, Alert.acknowledged_at, Clinic.name, Clinic.settings)
        .join(Clinic, Clinic.id == Alert.clinic_id)
        .where(Alert.id == letter.about_id)
    ).one()
    if row.acknowledged_at is not None:
        raise NeedlessError("acknowledged")
    here = _clinicians().where(User.clinic_id == letter.clinic_id, User.email == letter.address)
    if db.session.execute(here).first() is None:
        raise NeedlessError("no clinician any more")
    name = ClinicSettings.read(row.settings).name_in_mails(row.name)
    text = messages.escalation(clinic_name=name, link=base_address + ALERTS_PATH)
    mail = Mail(letter.address, messages.subject(name), text)
    return mail, PatientLetter(letter, row.patient_id)


def _clinicians() -> Select[str]:
    """Select the addresses of the clinicians who can sign in."""
    return (
        select(User.email)
        .join(user_role, user_role.c.user_id == User.id)
        .join(RoleRow, RoleRow.id == user_role.c.role_id)
        .where(User.active.is_(True), RoleRow.name == Role.CLINICIAN.value)
    )
