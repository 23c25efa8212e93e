"""The entries of tests.session_logs in the tables, as a signed session would have them."""

import secrets
from collections.abc import Iterable
from datetime import datetime

from tests.rooms import a_patient, a_series, planned
from tests.session_logs import at
from tracker.domain.access import Actor
from tracker.domain.entries import Entry
from tracker.domain.entry_reading import pack
from tracker.models import db
from tracker.models.session_entries import SessionEntry
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import clock, entries, live
from tracker.services.unit import unit_of_work


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


def begun(by: Actor, record_number: str = "B-17") -> int:
    """Begin a session of a patient of its own and return its id."""
    series_id = a_series(by, a_patient(by, record_number), sessions=1)
    return live.begin(planned(series_id)[0], by=by, reason="test")


def send(
    by: Actor,
    session_id: int,
    kind: str,
    content: dict[str, object],
    *,
    replaces: str = "",
    at: datetime | None = None,
) -> str:
    """Send an entry as a browser does and return its key."""
    key = secrets.token_urlsafe(16)
    when = (at or clock.now()).isoformat()
    raw = {"key": key, "kind": kind, "at": when, "content": content, "replaces": replaces}
    done = entries.append(session_id, [raw], by=by)
    assert not done.refused, done.refused
    return key
