"""Those who were treated, many at once: what the outcomes of their courses are worked out from."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, bindparam, select

from tracker.domain.clinic.course_rules import CourseRules
from tracker.domain.codes import SessionState
from tracker.domain.courses import course as course_rules
from tracker.domain.eligibility import review as eligibility_review
from tracker.domain.outcomes.course_outcome import SeriesEnd, TreatedPerson
from tracker.domain.progress.trend import before_session
from tracker.domain.scores.points import ScorePoint
from tracker.domain.sessions.point import PAIN, SessionPoint
from tracker.models.assessments import Assessment
from tracker.models.database import db, plain_rows
from tracker.models.eligibility import Eligibility
from tracker.models.series import Series
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.eligibility import rows as eligibility_rows
from tracker.services.progress import pictures as progress_pictures
from tracker.services.rows import from_row

_IDS: BindParameter[list[int]] = bindparam("ids", expanding=True)
_GIVEN = (SessionState.COMPLETED.value, SessionState.UNDER_WAY.value)
_SESSIONS = (
    select(TreatmentSession.patient_id, *progress_pictures.SESSIONS.selected_columns)
    .join(Series, Series.id == TreatmentSession.series_id)
    .where(
        TreatmentSession.patient_id.in_(_IDS),
        TreatmentSession.started_at.is_not(None),
        TreatmentSession.state.in_(_GIVEN),
    )
    .order_by(TreatmentSession.started_at, TreatmentSession.id)
)
_SCORES = (
    select(Assessment.patient_id, *progress_pictures.SCORES.selected_columns)
    .where(
        Assessment.patient_id.in_(_IDS),
        Assessment.voided_at.is_(None),
        Assessment.total.is_not(None),
    )
    .order_by(Assessment.taken_at, Assessment.id)
)
_SERIES = select(Series.patient_id, Series.number, Series.state).where(Series.patient_id.in_(_IDS))
_ASSESSED = (
    select(Eligibility)
    .where(Eligibility.patient_id.in_(_IDS), Eligibility.decided_at.is_not(None))
    .order_by(Eligibility.decided_at.desc(), Eligibility.id)
)


def read_people(
    ids: Sequence[int], zone: ZoneInfo, rules: CourseRules
) -> Iterator[tuple[int, TreatedPerson]]:
    """Read those of some patients of one clinic who were given something.

    What is pending in the session was stored before.
    """
    sessions: defaultdict[int, list[SessionPoint]] = defaultdict(list)
    for row in plain_rows(_SESSIONS, {"ids": ids}):
        point = progress_pictures.session_point(row, zone)
        if point is not None and point.was_given:
            sessions[row.patient_id].append(point)
    if not sessions:
        return
    ids = [*sessions]
    scores = _scores(ids, zone)
    series = _by_patient(plain_rows(_SERIES, {"ids": ids}))
    failed = _failed_treatments(ids)
    for patient_id, points in sessions.items():
        pain = (before_session(PAIN, one.pain_before, one.at) for one in points
                if one.pain_before is not None)  # fmt: skip
        yield (
            patient_id,
            TreatedPerson(
                courses=course_rules.courses(course_rules.doses(points), rules),
                sessions=points,
                scores=[*scores[patient_id], *pain],
                series=[from_row(SeriesEnd, row) for row in series[patient_id]],
                failed_treatments=failed.get(patient_id),
            ),
        )


def _scores(ids: Sequence[int], zone: ZoneInfo) -> defaultdict[int, list[ScorePoint]]:
    found: defaultdict[int, list[ScorePoint]] = defaultdict(list)
    for row in plain_rows(_SCORES, {"ids": ids}):
        found[row.patient_id].append(progress_pictures.score_point(row, zone))
    return found


def _by_patient(rows: Any) -> defaultdict[int, list[Any]]:
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.patient_id].append(row)
    return found


def _failed_treatments(ids: Sequence[int]) -> dict[int, int]:
    """Count the failed trials that the newest signed assessment of each patient tells."""
    found: dict[int, int] = {}
    for row in db.session.scalars(_ASSESSED, {"ids": ids}):
        if row.patient_id not in found:
            draft = eligibility_rows.draft_of(row)
            found[row.patient_id] = eligibility_review.count(draft.treatments).failed
    return found
