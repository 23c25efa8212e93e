"""Who may be written to, and where: every e-mail to a patient asks here."""

from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import InstrumentedAttribute

from tracker.models.check_ins import CheckIn
from tracker.models.clinics import Clinic
from tracker.models.patients import Patient
from tracker.models.treatment_sessions import TreatmentSession
from tracker.models.users import User

ADDRESS = func.coalesce(func.nullif(Patient.email, ""), User.email)
# Who was invited and has not come yet finds no page of their own.
_SIGNS_IN = and_(User.id.is_not(None), User.active.is_(True), User.confirmed_at.is_not(None))


def reachable(
    of: type[CheckIn] | type[TreatmentSession], *columns: InstrumentedAttribute[Any]
) -> Select[Any]:
    """Select what e-mails may be about, with whose it is, the address and their clinic.

    Nobody is written to who is archived, wants no reminders or has no address.
    """
    return (
        select(
            of.id,
            of.patient_id,
            *columns,
            ADDRESS.label("address"),
            _SIGNS_IN.label("signs_in"),
            Clinic.name,
            Clinic.time_zone,
            Clinic.settings,
        )
        .select_from(of)
        .join(Clinic, Clinic.id == of.clinic_id)
        .join(Patient, Patient.id == of.patient_id)
        .outerjoin(User, User.id == Patient.user_id)
        .where(
            Patient.archived_at.is_(None),
            Patient.mail_stopped_at.is_(None),
            ADDRESS.is_not(None),
        )
    )
