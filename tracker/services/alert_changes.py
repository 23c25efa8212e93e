"""How a score stands against the earlier ones of its scale, as far as alerts are concerned."""

from typing import Any

from sqlalchemy import bindparam, select

from tracker.domain import alerts, changes
from tracker.domain.alerts import Cause
from tracker.domain.instruments import Instrument
from tracker.domain.panels import ScorePoint, SessionPoint
from tracker.domain.words import Completeness, Drug, Occasion, Route, SessionState
from tracker.models.assessments import Assessment
from tracker.models.database import db
from tracker.models.treatment_sessions import TreatmentSession

_score, _sitting = Assessment.__table__.c, TreatmentSession.__table__.c
_OF_THE_SCALE = (
    select(
        _score.id, _score.instrument, _score.instrument_version, _score.total, _score.taken_at,
        _score.time_known, _score.occasion, _score.hours_after, _score.session_id,
        _score.completeness,
    )
    .where(
        _score.patient_id == bindparam("patient_id"),
        _score.instrument == bindparam("instrument"),
        _score.voided_at.is_(None),
        _score.total.is_not(None),
    )
    .order_by(_score.taken_at, _score.recorded_at)
)  # fmt: skip
_FIRST_DOSE = (
    select(_sitting.id, _sitting.number, _sitting.started_at, _sitting.route, _sitting.drug)
    .where(
        _sitting.patient_id == bindparam("patient_id"),
        _sitting.state.in_([SessionState.COMPLETED.value, SessionState.UNDER_WAY.value]),
        _sitting.started_at.is_not(None),
    )
    .order_by(_sitting.started_at)
    .limit(1)
)


def causes(row: Assessment, instrument: Instrument) -> list[Cause]:
    """List what a new score calls for; one that others followed already calls for nothing."""
    if row.total is None:
        return []
    wanted = {"patient_id": row.patient_id, "instrument": row.instrument}
    found = db.session.execute(_OF_THE_SCALE, wanted).all()
    if any(other.taken_at > row.taken_at for other in found):
        return []
    in_order = sorted(found, key=lambda other: other.id == row.id)  # of one time it is the last
    first_dose = _first_dose(row.patient_id)
    judged = changes.verdicts([_point(other) for other in in_order], instrument, first_dose)
    return [*alerts.of_change(judged)]


def _point(row: Any) -> ScorePoint:
    return ScorePoint(
        instrument=row.instrument,
        total=row.total,
        at=row.taken_at,
        time_known=row.time_known,
        occasion=Occasion(row.occasion),
        hours_after=row.hours_after,
        session_id=row.session_id,
        prorated=row.completeness == Completeness.PRORATED.value,
        version=row.instrument_version,
    )


def _first_dose(patient_id: int) -> SessionPoint | None:
    row = db.session.execute(_FIRST_DOSE, {"patient_id": patient_id}).one_or_none()
    if row is None:
        return None
    return SessionPoint(
        session_id=row.id,
        number=row.number,
        state=SessionState.COMPLETED,
        at=row.started_at,
        route=Route(row.route),
        drug=Drug(row.drug),
    )
