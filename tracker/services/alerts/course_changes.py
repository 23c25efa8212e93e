"""What a new score changes in the whole course of its scale, in order of time."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy import bindparam, select

from tracker.domain.alerts import losses as loss_rules
from tracker.domain.alerts import rules as alert_rules
from tracker.domain.alerts.rules import AlertDraft
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import AlertKind, SessionState
from tracker.domain.instruments.model import Instrument
from tracker.domain.scores import interpretation
from tracker.domain.scores.interpretation import Verdict
from tracker.domain.scores.points import ScorePoint
from tracker.models.alerts import Alert
from tracker.models.assessments import Assessment
from tracker.models.clinics import Clinic
from tracker.models.database import db, plain_rows
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.progress import pictures as progress_pictures

# The rows of the picture, so that an alert counts from the baseline that the picture shows.
_OF_THE_SCALE = (
    progress_pictures.SCORES.add_columns(Assessment.id)
    .where(
        Assessment.instrument == bindparam("instrument"),
        Assessment.voided_at.is_(None),
        Assessment.total.is_not(None),
    )
    .order_by(None)
    .order_by(Assessment.taken_at, Assessment.recorded_at)
)
_GIVEN = progress_pictures.SESSIONS.where(
    TreatmentSession.state.in_([SessionState.COMPLETED.value, SessionState.UNDER_WAY.value]),
    TreatmentSession.started_at.is_not(None),
).order_by(None)
_CLINIC = select(Clinic.time_zone, Clinic.settings).where(Clinic.id == bindparam("clinic_id"))
_LOSSES_TOLD = (
    select(Alert)
    .join(Assessment, Assessment.id == Alert.assessment_id)
    .where(
        Alert.patient_id == bindparam("patient_id"),
        Alert.instrument == bindparam("instrument"),
        Alert.kind == AlertKind.LOSS_OF_RESPONSE.value,
        Assessment.voided_at.is_(None),
    )
)


class CourseChanges(Struct, frozen=True, kw_only=True):
    """The scores of one scale judged in time, with the score in question and `without` it.

    `ids` are those of the scores, in the order of `judged`; `score_id` is the one in question.
    """

    patient_id: int
    instrument: str
    score_id: int
    ids: Sequence[int]
    judged: Sequence[Verdict]
    without: Sequence[Verdict]

    @property
    def causes(self) -> list[AlertDraft]:
        """What the score calls for; one that others followed calls for nothing by itself."""
        return [*alert_rules.of_change(self.judged)] if self.ids[-1] == self.score_id else []

    def id_of(self, score: ScorePoint) -> int:
        """Name the row of a score."""
        return next(
            number for number, one in zip(self.ids, self.judged, strict=True) if one.score is score
        )


def read(row: Assessment, instrument: Instrument) -> CourseChanges | None:
    """Judge the whole course that a score belongs to; None where it says nothing of a course.

    Ratings of the moment swing within hours: they make no course.
    """
    if row.total is None or instrument.recall_days == 0:
        return None
    values = {"patient_id": row.patient_id, "instrument": row.instrument}
    found = plain_rows(_OF_THE_SCALE, values).all()
    # Of one time it is the last.
    rows = sorted(found, key=lambda other: (other.taken_at, other.id == row.id))
    if not rows:
        return None
    clinic = db.session.execute(_CLINIC, {"clinic_id": row.clinic_id}).one()
    zone, settings = ZoneInfo(clinic.time_zone), TreatmentSettings.read(clinic.settings)
    points = [progress_pictures.score_point(other, zone) for other in rows]
    given = plain_rows(_GIVEN, {"patient_id": row.patient_id}).all()
    known = progress_pictures.courses_of(given, zone, settings.course_rules)
    others = [one for one, other in zip(points, rows, strict=True) if other.id != row.id]
    return CourseChanges(
        patient_id=row.patient_id,
        instrument=row.instrument,
        score_id=row.id,
        ids=[other.id for other in rows],
        judged=interpretation.verdicts(points, instrument, known),
        without=interpretation.verdicts(others, instrument, known),
    )


def untold_loss(course: CourseChanges) -> tuple[Assessment, AlertDraft] | None:
    """Find a loss of response that the score brought to light and that no alert has told yet."""
    lost = loss_rules.late_loss(course.judged, course.without)
    if lost is None:
        return None
    out = {course.id_of(score) for score in lost.out}
    if any(alert.assessment_id in out for alert in _alerts_of(course)):
        return None
    verdict = next(one for one in course.judged if one.score is lost.confirmed)
    row = db.session.get_one(Assessment, course.id_of(lost.confirmed))
    return row, alert_rules.of_loss(verdict)


def note_regained(course: CourseChanges) -> None:
    """Write into the alerts of losses on which day response was regained, or that it is not."""
    lost = loss_rules.losses(course.judged)
    if not lost:
        return
    back = {course.id_of(score): one.regained for one in lost for score in one.out}
    for alert in _alerts_of(course):
        if alert.assessment_id not in back:
            continue
        facts = {key: value for key, value in alert.facts.items() if key != alert_rules.REGAINED}
        if (regained := back[alert.assessment_id]) is not None:
            facts[alert_rules.REGAINED] = regained.at.date().isoformat()
        if facts != alert.facts:
            alert.facts = facts


def _alerts_of(course: CourseChanges) -> Sequence[Alert]:
    values: dict[str, Any] = {"patient_id": course.patient_id, "instrument": course.instrument}
    return db.session.scalars(_LOSSES_TOLD, values).all()
