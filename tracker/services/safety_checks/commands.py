"""Record what a check found, and void a mistaken result."""

from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.parsing import check_meanwhile, check_reason
from tracker.domain.problems import InvalidError
from tracker.domain.safety_checks import draft as check_rules
from tracker.domain.safety_checks.draft import SafetyCheckDraft
from tracker.models.database import db, new_id
from tracker.models.patients import Patient
from tracker.models.safety_checks import SafetyCheck
from tracker.models.scoping import fetch, subject
from tracker.services.clinic import clinics
from tracker.services.patients import births
from tracker.services.sessions import rows as session_rows
from tracker.services.unit_of_work import unit_of_work


def record(patient_id: int, draft: SafetyCheckDraft, *, by: Actor, once: str = "") -> int:
    """Store a result and return its id."""
    authorize(by, Permission.SAFETY_CHECK_RECORD, subject(fetch(by, Patient, patient_id)))
    problems = [
        *check_rules.check(draft, today=clinics.today(by.clinic_id)),
        *births.problems(patient_id, {"checked_on": draft.checked_on}, by=by),
    ]
    if problems:
        raise InvalidError(problems)
    assert draft.kind is not None  # noqa: S101 - a draft without one was refused
    with unit_of_work(by) as unit:
        unit.once(once)
        patient = session_rows.lock_patient(by, patient_id)
        made = SafetyCheck(
            id=new_id(),
            clinic_id=patient.clinic_id,
            patient_id=patient_id,
            kind=draft.kind.value,
            checked_on=draft.checked_on,
            value=draft.value.strip(),
            note=draft.note.strip(),
            recorded_at=unit.now,
            recorded_by=by.name,
        )
        db.session.add(made)
        about = f"safety-check:{made.id}"
        unit.audit("safety-check.recorded", about, patient_id=patient_id, detail=made.kind)
        unit.mark_saved(once, made.id)
        return made.id


def void(check_id: int, reason: str, *, by: Actor) -> int:
    """Void a mistaken result and return its patient's id: it stays, struck out, with the reason."""
    row = fetch(by, SafetyCheck, check_id)
    authorize(by, Permission.SAFETY_CHECK_RECORD, subject(row))
    if problems := check_reason(reason):
        raise InvalidError(problems)
    with unit_of_work(by) as unit:
        row = session_rows.lock(by, SafetyCheck, check_id)
        if row.voided_at and (problems := check_meanwhile(row.voided_reason, reason)):
            raise InvalidError(problems)
        if row.voided_at is None:
            row.voided_at, row.voided_by = unit.now, by.name
            row.voided_reason = reason.strip()
        about = f"safety-check:{check_id}"
        unit.audit("safety-check.voided", about, patient_id=row.patient_id)
        return row.patient_id
