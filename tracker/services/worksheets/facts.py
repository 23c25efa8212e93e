"""What is known of a session for its worksheet, gathered from where it is recorded."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select

from tracker.domain.checklists import pre_session
from tracker.domain.checklists.items import Told
from tracker.domain.checklists.pre_session import SinceLast
from tracker.domain.clinic.settings import ClinicSettings
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import Drug, Route, SessionState, Sex
from tracker.domain.eligibility.draft import EligibilityDraft
from tracker.domain.live.entries import Entry, EntryKind, standing
from tracker.domain.sessions import signing as session_signing
from tracker.domain.worksheets import prefill as worksheet_prefill
from tracker.domain.worksheets.observations import CHECKS, LOG, RECORD, readings
from tracker.domain.worksheets.prefill import Facts
from tracker.models.database import db
from tracker.models.eligibility import Eligibility
from tracker.models.patients import Patient
from tracker.models.session_entries import SessionEntry
from tracker.models.stock import StockLot
from tracker.models.treatment_sessions import TreatmentSession
from tracker.models.users import User
from tracker.services.clinic import clinics
from tracker.services.eligibility import rows as eligibility_rows
from tracker.services.live import entry_log
from tracker.services.sessions import rows as session_rows


def gather(row: TreatmentSession) -> Facts:
    """Gather everything the worksheet of a session may draw on; who may see it was decided."""
    patient = db.session.get_one(Patient, row.patient_id)
    clinic = clinics.view(row.clinic_id)
    log = tuple(entry_log.of_session(row.id))
    assessed = _assessed(row, clinic.zone)
    monitor, source = _monitor(row, log)
    return Facts(
        given_name=patient.given_name,
        family_name=patient.family_name,
        birth_date=patient.birth_date,
        sex=Sex(patient.sex),
        record=session_rows.record_of(row.id),
        entries=log,
        was_treated_before=_was_treated_before(row),
        eligibility=assessed,
        medication_changed=_has_medication_changed(row, assessed, clinic.zone),
        monitor_name=monitor,
        monitor_source=source,
        monitor_email=_email_of(monitor, row.clinic_id),
        clinic_name=clinic.name,
        clinic_phone=ClinicSettings.read(clinic.settings).phone,
        settings=TreatmentSettings.read(clinic.settings),
        lot_numbers=_lot_numbers(worksheet_prefill.lots_of(log), row),
        zone=clinic.zone,
    )


def _was_treated_before(row: TreatmentSession) -> bool:
    earlier = exists().where(
        TreatmentSession.patient_id == row.patient_id,
        TreatmentSession.started_at < row.started_at,
        TreatmentSession.state == SessionState.COMPLETED.value,
        TreatmentSession.drug == Drug.ESKETAMINE.value,
        TreatmentSession.route == Route.NASAL.value,
    )
    return row.started_at is not None and bool(db.session.scalar(select(earlier)))


def _assessed(row: TreatmentSession, zone: ZoneInfo) -> EligibilityDraft | None:
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
    told = db.session.scalars(
        select(SessionEntry.content).where(
            SessionEntry.patient_id == row.patient_id,
            SessionEntry.kind == EntryKind.GATE.value,
            SessionEntry.at.between(since, row.started_at),
        )
    )
    changes = [pre_session.read(content).changes.get(SinceLast.MEDICATION) for content in told]
    return Told.YES in changes


def _monitor(row: TreatmentSession, log: Sequence[Entry]) -> tuple[str, str]:
    """Name who monitored: by the checks before, else by the last reading, else who recorded."""
    if named := session_signing.gate_of(log).monitor.strip():
        return named, CHECKS
    seen = readings(standing(log))
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
