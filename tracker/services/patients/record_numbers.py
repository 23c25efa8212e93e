"""Find a patient by the clinic's own number."""

from sqlalchemy import select

from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.problems import NotFoundError
from tracker.models import scoping
from tracker.models.database import db
from tracker.models.patients import Patient


def find(record_number: str, *, by: Actor) -> int:
    """Return the id of the patient with a record number; raise NotFoundError when there is none."""
    row = db.session.scalar(
        select(Patient).where(
            Patient.record_number == record_number.strip(), scoping.visible(by, Patient)
        )
    )
    if row is None:
        raise NotFoundError(f"there is no patient with the record number {record_number}")
    authorize(by, Permission.PATIENT_VIEW, scoping.subject(row))
    return row.id
