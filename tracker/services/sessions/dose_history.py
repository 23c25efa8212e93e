"""Who a dose is for, where a label asks: age on the day, and nasal esketamine before it."""

from datetime import datetime

from sqlalchemy import exists, select

from tracker.domain.clinic import first_dose
from tracker.domain.clinic.first_dose import DoseHistory
from tracker.domain.clinic.labels import Label
from tracker.domain.codes import SessionState
from tracker.domain.drugs import is_nasal_esketamine
from tracker.domain.patients import draft as patient_draft
from tracker.domain.problems import Finding
from tracker.domain.sessions.draft import SessionDraft
from tracker.models.database import db
from tracker.models.patients import Patient
from tracker.models.treatment_sessions import IS_NASAL_ESKETAMINE, TreatmentSession
from tracker.services import clock
from tracker.services.clinic import clinics, treatment_settings


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
    patient = db.session.get_one(Patient, patient_id)
    labels = treatment_settings.of_clinic(patient.clinic_id).labels
    if Label.EU not in labels or patient.birth_date is None:
        return None
    on = at.astimezone(clinics.view(patient.clinic_id).zone).date()
    return DoseHistory(
        age_years=patient_draft.age(patient.birth_date, on),
        had_esketamine=had_esketamine(patient_id, at),
    )


def findings(draft: SessionDraft, patient_id: int) -> list[Finding]:
    """List what is unusual about a session as the first of nasal esketamine."""
    if not is_nasal_esketamine(draft.drug, draft.route):
        return []
    history = find(patient_id, draft.started_at or clock.now())
    clinic_id = db.session.get_one(Patient, patient_id).clinic_id
    return list(first_dose.review(draft, history, treatment_settings.of_clinic(clinic_id).labels))
