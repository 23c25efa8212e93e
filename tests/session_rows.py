"""The entries of tests.session_logs in the tables, as a signed session would have them."""

from collections.abc import Iterable

from tests.session_logs import at
from tracker.domain.access import Actor
from tracker.domain.live.entries import Entry
from tracker.domain.live.entry_parsing import pack
from tracker.models import db
from tracker.models.session_entries import SessionEntry
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.unit_of_work import unit_of_work


def put(by: Actor, session_id: int, log: Iterable[Entry], *, left: float = 145) -> None:
    """Store entries as they are, and let the session begin and end with them."""
    with unit_of_work(by) as unit:
        row = db.session.get_one(TreatmentSession, session_id)
        row.started_at, row.discharged_at = at(0), at(left)
        db.session.add_all(
            SessionEntry(
                clinic_id=row.clinic_id, patient_id=row.patient_id, session_id=session_id,
                sequence=entry.sequence, key=entry.key, kind=entry.kind.value, at=entry.at,
                received_at=entry.received_at, by=entry.by, content=pack(entry.content),
                replaces=entry.replaces, is_late=entry.is_late,
            )
            for entry in log
        )  # fmt: skip
        unit.audit("test.written", f"session:{session_id}", patient_id=row.patient_id)
