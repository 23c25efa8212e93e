"""Whether nasal esketamine was given before: one rule for findings, plans and forms."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Exists, exists, select

from tracker.domain.codes import SessionState
from tracker.domain.drugs import NASAL_ESKETAMINE
from tracker.models.database import another, db
from tracker.models.treatment_sessions import TreatmentSession

EARLIER = another(TreatmentSession)


def given_esketamine(*which: ColumnElement[Any]) -> Exists:
    """Ask whether one of the earlier sessions, EARLIER, was held with nasal esketamine."""
    drug, route = NASAL_ESKETAMINE
    return exists().where(
        *which,
        EARLIER.c.state == SessionState.COMPLETED.value,
        EARLIER.c.drug == drug.value,
        EARLIER.c.route == route.value,
    )


def had_esketamine(patient_id: int, before: datetime) -> bool:
    """Say whether a patient had a session of nasal esketamine before an instant."""
    earlier = given_esketamine(EARLIER.c.patient_id == patient_id, EARLIER.c.started_at < before)
    return bool(db.session.scalar(select(earlier)))
