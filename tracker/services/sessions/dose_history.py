"""Whether nasal esketamine was given before: one rule for findings, plans and forms."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Exists, exists, select
from sqlalchemy.orm import aliased

from tracker.domain.codes import SessionState
from tracker.domain.drugs import NASAL_ESKETAMINE
from tracker.models.database import db
from tracker.models.treatment_sessions import TreatmentSession

EARLIER = aliased(TreatmentSession)


def given_esketamine(*which: ColumnElement[Any]) -> Exists:
    """Ask whether one of the earlier sessions, EARLIER, was held with nasal esketamine."""
    drug, route = NASAL_ESKETAMINE
    return exists().where(
        *which,
        EARLIER.state == SessionState.COMPLETED.value,
        EARLIER.drug == drug.value,
        EARLIER.route == route.value,
    )


def had_esketamine(patient_id: int, before: datetime) -> bool:
    """Say whether a patient had a session of nasal esketamine before an instant."""
    earlier = given_esketamine(EARLIER.patient_id == patient_id, EARLIER.started_at < before)
    return bool(db.session.scalar(select(earlier)))
