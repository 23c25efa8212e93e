"""Who a dose is for, where a label asks: age on the day, and nasal esketamine before it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, exists, select

from tracker.domain.clinic import first_dose
from tracker.domain.clinic.first_dose import DoseHistory
from tracker.domain.clinic.labels import Label
from tracker.domain.clinic.settings import ClinicSettings
from tracker.domain.codes import SessionState
from tracker.domain.drugs import is_nasal_esketamine
from tracker.domain.patients import draft as patient_draft
from tracker.domain.problems import Finding
from tracker.domain.sessions.draft import SessionDraft
from tracker.models.clinics import Clinic
from tracker.models.database import db
from tracker.models.patients import Patient
from tracker.models.treatment_sessions import IS_NASAL_ESKETAMINE, TreatmentSession
from tracker.services import clock

_PATIENT = (
    select(Patient.birth_date, Clinic.settings, Clinic.time_zone)
    .join(Clinic, Clinic.id == Patient.clinic_id)
    .where(Patient.id == bindparam("patient_id"))
)


def had_esketamine(patient_id: int, before: datetime) -> bool:
    """Say whether a patient had a session of nasal esketamine before an instant."""
    earlier = exists().where(
        TreatmentSession.patient_id == patient_id,
        TreatmentSession.started_at < before,
        TreatmentSession.state == SessionState.COMPLETED.value,
        IS_NASAL_ESKETAMINE,
    )
    return bool(db.session.scalar(select(earlier)))


def find(patient_id: int, at: datetime) -> DoseHistory | None:
    """Find what a label wants to know of a patient.

    None where no label of the clinic asks, or the birth date is not known.
    """
    row = db.session.execute(_PATIENT, {"patient_id": patient_id}).one()
    labels = ClinicSettings.read(row.settings).labels
    if Label.EU not in labels or row.birth_date is None:
        return None
    on = at.astimezone(ZoneInfo(row.time_zone)).date()
    return DoseHistory(
        age_years=patient_draft.age(row.birth_date, on),
        had_esketamine=had_esketamine(patient_id, at),
        labels=labels,
    )


def findings(draft: SessionDraft, patient_id: int) -> list[Finding]:
    """List what is unusual about a session as the first of nasal esketamine."""
    if not is_nasal_esketamine(draft.drug, draft.route):
        return []
    return list(first_dose.review(draft, find(patient_id, draft.started_at or clock.now())))
