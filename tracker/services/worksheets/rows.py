"""The rows of worksheets: made when a session is recorded, moved when its day is amended."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from tracker.domain.access import Actor
from tracker.domain.checklists import pre_session
from tracker.domain.checklists.items import YesNoUnknown
from tracker.domain.checklists.pre_session import SinceLast
from tracker.domain.clinic.labels import Label
from tracker.domain.clinic.settings import ClinicSettings
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import Sex
from tracker.domain.eligibility.draft import EligibilityDraft
from tracker.domain.live import signing as signing_rules
from tracker.domain.live.entries import Entry, EntryKind, effective
from tracker.domain.parsing import visible_text
from tracker.domain.worksheets import form as worksheet_form
from tracker.domain.worksheets import prefill as worksheet_prefill
from tracker.domain.worksheets.editions import NO_FORM
from tracker.domain.worksheets.form import WorksheetState
from tracker.domain.worksheets.observations import CHECKS, LOG, RECORD, readings
from tracker.domain.worksheets.prefill import WorksheetFacts
from tracker.models.database import db
from tracker.models.eligibility import Eligibility
from tracker.models.patients import Patient
from tracker.models.session_entries import SessionEntry
from tracker.models.stock import StockLot
from tracker.models.treatment_sessions import STANDS, TreatmentSession
from tracker.models.users import User
from tracker.models.worksheets import Worksheet, WorksheetVersion
from tracker.services.clinic import clinics
from tracker.services.eligibility import rows as eligibility_rows
from tracker.services.health_lists import queries as item_queries
from tracker.services.live import entry_log
from tracker.services.people.logins import ClinicView
from tracker.services.sessions import dose_history
from tracker.services.sessions import rows as session_rows
from tracker.services.unit_of_work import Unit

OPENED = "Opened"


def open_for(unit: Unit, by: Actor, row: TreatmentSession) -> None:
    """Give a session that was just recorded its worksheet, if the programme wants one.

    One that is written down after its form was due has it too: it stands among the late ones.
    """
    if row.started_at is None or not worksheet_form.is_due_for(row.drug, row.route):
        return
    clinic = clinics.view(row.clinic_id)
    if sends_forms(clinic):
        add(unit, by, row)


def sends_forms(clinic: ClinicView) -> bool:
    """Say whether a clinic reports to the programme at all."""
    settings = TreatmentSettings.read(clinic.settings)
    return Label.US in settings.labels and settings.form_version != NO_FORM


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
        content=pack({}, action=OPENED),
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


def withdraw(unit: Unit, by: Actor, row: TreatmentSession, reason: str) -> bool:
    """Withdraw the worksheet of a session that is struck out; say whether there was one.

    What was submitted stays in its history: the programme has it.
    """
    made = db.session.scalar(select(Worksheet).where(Worksheet.session_id == row.id))
    if made is None or made.state == WorksheetState.WITHDRAWN.value:
        return False
    keep_version(made, unit, by)
    made.content = {**made.content, "deed": f"Withdrawn, the session was struck out: {reason}"}
    made.state = WorksheetState.WITHDRAWN.value
    unit.audit("worksheet.withdrawn", f"session:{row.id}", patient_id=row.patient_id)
    return True


def reinstate(unit: Unit, by: Actor, row: TreatmentSession) -> None:
    """Let the worksheet of a session stand again that was struck out by mistake.

    What was submitted still is: the programme has it. Anything else is a draft again.
    """
    made = db.session.scalar(select(Worksheet).where(Worksheet.session_id == row.id))
    if made is None:
        open_for(unit, by, row)
        return
    keep_version(made, unit, by)
    if made.submitted_at is not None:
        made.state = WorksheetState.SUBMITTED.value
        made.content = {**made.content, "deed": "Stands again, with its session"}
        unit.audit("worksheet.restored", f"session:{row.id}", patient_id=row.patient_id)
        return
    made.state, made.submitted_at, made.submitted_by = WorksheetState.DRAFT.value, None, ""
    made.channel, made.confirmation = "", ""
    made.content = pack(made.content["answers"], action="Opened again, the session stands")
    unit.audit("worksheet.reopened", f"session:{row.id}", patient_id=row.patient_id)


def sync_due_day(row: TreatmentSession) -> None:
    """Move the last day of a session's worksheet with the session's own day."""
    made = db.session.scalar(select(Worksheet).where(Worksheet.session_id == row.id))
    if made is not None and row.started_at is not None:
        made.due_on = worksheet_form.due_on(row.started_at, clinics.view(row.clinic_id).zone)


def pack(
    answers: dict[str, str], *, action: str, settled: dict[str, str] | None = None, reason: str = ""
) -> dict[str, Any]:
    """Write what a version of a worksheet holds.

    `answers` were typed. `settled` are all values as they stood when it was called complete, with
    the `reason` for what was missing then. `deed` says what made this version.
    """
    return {"answers": answers, "settled": settled or {}, "reason": reason, "deed": action}


def keep_version(row: Worksheet, unit: Unit, by: Actor) -> None:
    """Put the present version away, and count the next one as the actor's."""
    version = WorksheetVersion(
        worksheet_id=row.id,
        version=row.version,
        content={**row.content, "state": row.state, "form_version": row.form_version}
        | _submission(row),
        changed_at=row.changed_at,
        changed_by=row.changed_by,
    )
    db.session.add(version)
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


def gather(row: TreatmentSession) -> WorksheetFacts:
    """Gather everything the worksheet of a session may draw on; who may see it was decided."""
    patient = db.session.get_one(Patient, row.patient_id)
    clinic = clinics.view(row.clinic_id)
    log = tuple(entry_log.of_session(row.id))
    assessed = _last_assessment(row, clinic.zone)
    monitor, source = _monitor(row, log)
    return WorksheetFacts(
        given_name=patient.given_name,
        family_name=patient.family_name,
        birth_date=patient.birth_date,
        sex=Sex(patient.sex),
        record=session_rows.record_of(row.id),
        entries=log,
        was_treated_before=row.started_at is not None
        and dose_history.had_esketamine(row.patient_id, row.started_at),
        eligibility=assessed,
        medication_changed=_has_medication_changed(row, assessed, clinic.zone),
        lists=item_queries.standing_of(row.patient_id, row.clinic_id),
        monitor_name=monitor,
        monitor_source=source,
        monitor_email=_email_of(monitor, row.clinic_id),
        clinic_name=clinic.name,
        clinic_phone=ClinicSettings.read(clinic.settings).phone,
        settings=TreatmentSettings.read(clinic.settings),
        lot_numbers=_lot_numbers(worksheet_prefill.lots_of(log), row),
        zone=clinic.zone,
    )


def _last_assessment(row: TreatmentSession, zone: ZoneInfo) -> EligibilityDraft | None:
    """Find the last signed assessment up to the day of the session."""
    if row.started_at is None:
        return None
    found = db.session.scalar(
        select(Eligibility)
        .where(
            Eligibility.patient_id == row.patient_id,
            Eligibility.decision.is_not(None),
            Eligibility.assessed_on <= row.started_at.astimezone(zone).date(),
        )
        .order_by(Eligibility.assessed_on.desc(), Eligibility.decided_at.desc())
        .limit(1)
    )
    return eligibility_rows.draft_of(found) if found else None


def _has_medication_changed(
    row: TreatmentSession, assessed: EligibilityDraft | None, zone: ZoneInfo
) -> bool:
    """Say whether a change of medication was told before a session since the assessment."""
    if assessed is None or assessed.assessed_on is None or row.started_at is None:
        return False
    since = datetime.combine(assessed.assessed_on, datetime.min.time(), zone)
    answers = db.session.scalars(
        select(SessionEntry.content)
        .join(TreatmentSession, TreatmentSession.id == SessionEntry.session_id)
        .where(
            STANDS,
            SessionEntry.patient_id == row.patient_id,
            SessionEntry.kind == EntryKind.GATE.value,
            SessionEntry.at.between(since, row.started_at),
        )
    )
    changes = [pre_session.read(content).changes.get(SinceLast.MEDICATION) for content in answers]
    return YesNoUnknown.YES in changes


def _monitor(row: TreatmentSession, log: Sequence[Entry]) -> tuple[str, str]:
    """Name who monitored: by the checks before, else by the last reading, else who recorded."""
    if named := visible_text(signing_rules.pre_session_of(log).monitor):
        return named, CHECKS
    seen = readings(effective(log))
    return (seen[-1][0].by, f"{LOG}: last reading") if seen else (row.recorded_by, RECORD)


def _email_of(name: str, clinic_id: int) -> str:
    """Find the e-mail of an account by the name of its person; '' where two are called so."""
    found = db.session.scalars(
        select(User.email).where(User.clinic_id == clinic_id, User.name == name)
    ).all()
    return found[0] if len(found) == 1 else ""


def _lot_numbers(lot_ids: Sequence[int], row: TreatmentSession) -> dict[int, str]:
    """Name the lots that were drawn from: those of the clinic, and of the drug that was given."""
    if not lot_ids:
        return {}
    found = db.session.execute(
        select(StockLot.id, StockLot.lot_number).where(
            StockLot.clinic_id == row.clinic_id,
            StockLot.drug == row.drug,
            StockLot.id.in_(lot_ids),
        )
    )
    return {row.id: row.lot_number for row in found}
