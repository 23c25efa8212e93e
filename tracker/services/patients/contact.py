"""The e-mail of a patient's record, where their account moves to another one."""

from sqlalchemy import select, update

from tracker.domain.patients.draft import PatientDraft
from tracker.models import sealing
from tracker.models.database import db
from tracker.models.patients import Patient, PatientVersion
from tracker.services.unit_of_work import Unit


def follow_account(unit: Unit, patient_id: int, email: str) -> None:
    """Write an account's new e-mail into the record inside a unit of work; keep what stood there.

    Otherwise what is due would go on being mailed to the address that was given up.
    """
    names = PatientDraft.__struct_fields__
    row = db.session.execute(
        select(Patient.version, *(getattr(Patient, name) for name in names))
        .where(Patient.id == patient_id)
        .with_for_update()
    ).one()
    if row.email == email:
        return
    before = {name: getattr(row, name) for name in names}
    born = before["birth_date"]
    db.session.add(
        PatientVersion(
            patient_id=patient_id,
            version=row.version,
            content=before | {"birth_date": born.isoformat() if born else None},
            changed_at=unit.now,
            changed_by=unit.by.name if unit.by else "",
        )
    )
    db.session.execute(
        update(Patient).where(Patient.id == patient_id).values(email=email, version=row.version + 1)
    )
    sealing.touch(Patient, [patient_id])
    unit.audit("patient.changed", f"patient:{patient_id}", patient_id=patient_id, detail="email")
