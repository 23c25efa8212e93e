"""How a score stands against the earlier ones of its scale, as far as alerts are concerned."""

from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select

from tracker.domain.alerts import rules as alert_rules
from tracker.domain.alerts.rules import Cause
from tracker.domain.codes import SessionState
from tracker.domain.instruments.model import Instrument
from tracker.domain.progress.panels import SessionPoint
from tracker.domain.scores import changes
from tracker.models.assessments import Assessment
from tracker.models.clinics import Clinic
from tracker.models.database import db
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.progress import pictures as progress_pictures
from tracker.services.progress import points as course_points

# The rows of the picture, so that an alert counts from the baseline that the picture shows.
_score, _sitting = Assessment.__table__.c, TreatmentSession.__table__.c
_OF_THE_SCALE = (
    progress_pictures.SCORES.add_columns(_score.id)
    .where(
        _score.instrument == bindparam("instrument"),
        _score.voided_at.is_(None),
        _score.total.is_not(None),
    )
    .order_by(None)
    .order_by(_score.taken_at, _score.recorded_at)
)
_FIRST_DOSE = (
    progress_pictures.SESSIONS.where(
        _sitting.state.in_([SessionState.COMPLETED.value, SessionState.UNDER_WAY.value]),
        _sitting.started_at.is_not(None),
    )
    .order_by(None)
    .order_by(_sitting.started_at)
    .limit(1)
)
_ZONE = select(Clinic.time_zone).where(Clinic.id == bindparam("clinic_id"))


def causes(row: Assessment, instrument: Instrument) -> list[Cause]:
    """List what a new score calls for; one that others followed already calls for nothing."""
    if row.total is None:
        return []
    wanted = {"patient_id": row.patient_id, "instrument": row.instrument}
    found = db.session.execute(_OF_THE_SCALE, wanted).all()
    if any(other.taken_at > row.taken_at for other in found):
        return []
    in_order = sorted(found, key=lambda other: other.id == row.id)  # of one time it is the last
    zone = ZoneInfo(db.session.execute(_ZONE, {"clinic_id": row.clinic_id}).scalar_one())
    points = [course_points.score_point(other, zone) for other in in_order]
    judged = changes.verdicts(points, instrument, _first_dose(row.patient_id, zone))
    return [*alert_rules.of_change(judged)]


def _first_dose(patient_id: int, zone: ZoneInfo) -> SessionPoint | None:
    row = db.session.execute(_FIRST_DOSE, {"patient_id": patient_id}).one_or_none()
    return None if row is None else course_points.session_point(row, zone)
