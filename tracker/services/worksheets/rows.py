"""The rows of worksheets: made when a session is recorded, moved when its day is amended."""

from typing import Any

from sqlalchemy import select

from tracker.domain.access import Actor
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.worksheets import form as worksheet_form
from tracker.domain.worksheets.editions import NO_FORM
from tracker.domain.worksheets.form import WorksheetState
from tracker.models.database import db
from tracker.models.treatment_sessions import TreatmentSession
from tracker.models.worksheets import Worksheet, WorksheetVersion
from tracker.services.clinic import clinics
from tracker.services.people.logins import ClinicView
from tracker.services.unit_of_work import Unit

OPENED = "Opened"


def open_for(unit: Unit, by: Actor, row: TreatmentSession) -> None:
    """Give a session that was just recorded its worksheet, if the programme wants one.

    A session that is written down after its form was due is history: it gets one only by hand.
    """
    if row.started_at is None or not worksheet_form.is_due_for(row.drug, row.route):
        return
    clinic = clinics.view(row.clinic_id)
    due = worksheet_form.due_on(row.started_at, clinic.zone)
    if sends_forms(clinic) and unit.now.astimezone(clinic.zone).date() <= due:
        add(unit, by, row)


def sends_forms(clinic: ClinicView) -> bool:
    """Say whether a clinic reports to the programme at all."""
    return TreatmentSettings.read(clinic.settings).form_version != NO_FORM


def add(unit: Unit, by: Actor, row: TreatmentSession) -> Worksheet:
    """Add the worksheet of a session that has none; the session's row is held."""
    if row.started_at is None:
        raise ValueError("a session that did not start has no worksheet")
    clinic = clinics.view(row.clinic_id)
    made = Worksheet(
        clinic_id=row.clinic_id,
        patient_id=row.patient_id,
        session_id=row.id,
        form_version=TreatmentSettings.read(clinic.settings).form_version,
        content=packed({}, deed=OPENED),
        state=WorksheetState.DRAFT.value,
        due_on=worksheet_form.due_on(row.started_at, clinic.zone),
        version=1,
        made_at=unit.now,
        changed_at=unit.now,
        changed_by=by.name,
    )
    db.session.add(made)
    unit.audit("worksheet.opened", f"session:{row.id}", patient_id=row.patient_id)
    return made


def follow(row: TreatmentSession) -> None:
    """Move the last day of a session's worksheet with the session's own day."""
    made = db.session.scalar(select(Worksheet).where(Worksheet.session_id == row.id))
    if made is not None and row.started_at is not None:
        made.due_on = worksheet_form.due_on(row.started_at, clinics.view(row.clinic_id).zone)


def packed(
    answers: dict[str, str], *, deed: str, settled: dict[str, str] | None = None, reason: str = ""
) -> dict[str, Any]:
    """Write what a version of a worksheet holds.

    `answers` were typed. `settled` are all values as they stood when it was called complete, with
    the `reason` for what was missing then. `deed` says what made this version.
    """
    return {"answers": answers, "settled": settled or {}, "reason": reason, "deed": deed}


def keep_version(row: Worksheet, unit: Unit, by: Actor) -> None:
    """Put the present version away, and count the next one as the actor's."""
    kept = WorksheetVersion(
        worksheet_id=row.id,
        version=row.version,
        content={**row.content, "state": row.state, "form_version": row.form_version}
        | _submission(row),
        changed_at=row.changed_at,
        changed_by=row.changed_by,
    )
    db.session.add(kept)
    row.version += 1
    row.changed_at, row.changed_by = unit.now, by.name


def _submission(row: Worksheet) -> dict[str, Any]:
    if row.submitted_at is None:
        return {}
    return {
        "submitted_at": row.submitted_at.isoformat(),
        "submitted_by": row.submitted_by,
        "channel": row.channel,
        "confirmation": row.confirmation,
    }
