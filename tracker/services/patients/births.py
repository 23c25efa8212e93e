"""Days that are typed of a patient, held against their birth: nothing clinical can be before it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, func, select

from tracker.domain import age
from tracker.domain.access import Actor
from tracker.domain.problems import InvalidError, Problem
from tracker.models.assessments import Assessment
from tracker.models.database import db
from tracker.models.eligibility import Eligibility
from tracker.models.patients import Patient
from tracker.models.safety_checks import SafetyCheck
from tracker.models.treatment_sessions import STANDS, TreatmentSession
from tracker.services.clinic import clinics

_BORN = select(Patient.birth_date).where(Patient.id == bindparam("patient_id"))
_ID: Any = bindparam("patient_id")
_EARLIEST = select(
    select(func.min(Assessment.taken_at))
    .where(Assessment.patient_id == _ID, Assessment.voided_at.is_(None))
    .scalar_subquery(),
    select(func.min(TreatmentSession.started_at))
    .where(TreatmentSession.patient_id == _ID, STANDS)
    .scalar_subquery(),
    select(func.min(SafetyCheck.checked_on))
    .where(SafetyCheck.patient_id == _ID, SafetyCheck.voided_at.is_(None))
    .scalar_subquery(),
    select(func.min(Eligibility.assessed_on))
    .where(Eligibility.patient_id == _ID)
    .scalar_subquery(),
)


def problems(
    patient_id: int, days: Mapping[str, date | datetime | None], *, by: Actor
) -> list[Problem]:
    """List which of some days or times, by field, are before the patient's birth in the clinic."""
    given = {field: on for field, on in days.items() if on is not None}
    born = db.session.scalar(_BORN, {"patient_id": patient_id}) if given else None
    if born is None:
        return []
    zone = clinics.view(by.clinic_id).zone
    found = (age.check_born(field, on, born, zone) for field, on in given.items())
    return [problem for listed in found for problem in listed]


def refuse(patient_id: int, days: Mapping[str, date | datetime | None], *, by: Actor) -> None:
    """Raise InvalidError where a day is before the patient's birth."""
    if found := problems(patient_id, days, by=by):
        raise InvalidError(found)


def check_birth(birth_date: date | None, patient_id: int, *, by: Actor) -> list[Problem]:
    """List what stands against a birth date: something on record that would be before it."""
    if birth_date is None:
        return []
    return age.check_birth("birth_date", birth_date, earliest_day(patient_id, by=by))


def earliest_day(patient_id: int, *, by: Actor) -> date | None:
    """Tell the earliest day of anything clinical on record, in the clinic; None before any."""
    zone = clinics.view(by.clinic_id).zone
    found = db.session.execute(_EARLIEST, {"patient_id": patient_id}).one()
    return min((age.day_of(on, zone) for on in found if on is not None), default=None)
