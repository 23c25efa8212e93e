"""The courses of patients: those of many at once, or of one with what is still planned."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Text, bindparam, case, func, or_, select, type_coerce

from tracker.domain.clinic.course_rules import CourseRules
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import Completeness, Occasion, SessionState
from tracker.domain.courses import course as course_rules
from tracker.domain.courses import text as course_text
from tracker.domain.courses.course import Courses, SeriesDoses
from tracker.domain.progress.trend import before_session
from tracker.domain.scores.points import IncompletePoint, ScorePoint
from tracker.domain.series import plan as series_plan
from tracker.domain.series.plan import SeriesDraft
from tracker.domain.sessions.point import PAIN
from tracker.instruments import library
from tracker.models.assessments import Assessment
from tracker.models.database import plain_rows
from tracker.models.series import Series
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import clock
from tracker.services.people.logins import ClinicView
from tracker.services.progress import pictures as progress_pictures
from tracker.services.progress.pictures import NO_ANSWERS
from tracker.services.rows import from_row

_GIVEN = (SessionState.COMPLETED.value, SessionState.UNDER_WAY.value)
# Courses count from the first and the last dose of each series: no other session is needed.
_DOSES = (
    select(
        Series.patient_id,
        Series.number,
        Series.phase,
        Series.indication,
        Series.course_role,
        func.min(TreatmentSession.started_at).label("first_at"),
        func.max(TreatmentSession.started_at).label("last_at"),
    )
    .join(TreatmentSession, TreatmentSession.series_id == Series.id)
    .where(
        TreatmentSession.patient_id.in_(bindparam("ids", expanding=True)),
        TreatmentSession.started_at.is_not(None),
        TreatmentSession.state.in_(_GIVEN),
    )
    .group_by(Series.id)
)
_IS_WATCHED = Assessment.instrument.in_(bindparam("watched", expanding=True))
_SCORES = select(
    Assessment.patient_id,
    Assessment.instrument,
    Assessment.total,
    Assessment.taken_at,
    Assessment.time_known,
    Assessment.occasion,
    Assessment.completeness,
    # The answers of most are never read: those of scales that ask about suicide are.
    case((_IS_WATCHED, type_coerce(Assessment.answers, Text)), else_=NO_ANSWERS).label("answers"),
).where(
    Assessment.patient_id.in_(bindparam("ids", expanding=True)),
    Assessment.voided_at.is_(None),
    # An incomplete one is no last score, but it may be a danger.
    or_(Assessment.total.is_not(None), _IS_WATCHED),
)
_PAIN = select(
    TreatmentSession.patient_id, TreatmentSession.started_at, TreatmentSession.pain_before
).where(
    TreatmentSession.patient_id.in_(bindparam("ids", expanding=True)),
    TreatmentSession.started_at.is_not(None),
    TreatmentSession.state.in_(_GIVEN),
    TreatmentSession.pain_before.is_not(None),
)


def of_patients(
    ids: Sequence[int], clinic: ClinicView
) -> tuple[dict[int, Courses], dict[int, list[ScorePoint | IncompletePoint]]]:
    """Read the courses and the standing scores of patients of one clinic, by patient.

    Pain before sessions is among the scores, and so are forms without a total that asked about
    suicide. Who may see them was decided before.
    """
    zone, rules = clinic.zone, TreatmentSettings.read(clinic.settings).course_rules
    doses: defaultdict[int, list[SeriesDoses]] = defaultdict(list)
    for row in plain_rows(_DOSES, {"ids": ids}):
        first_at, last_at = (at.astimezone(zone) for at in (row.first_at, row.last_at))
        doses[row.patient_id].append(from_row(SeriesDoses, row, first_at=first_at, last_at=last_at))
    scores: dict[int, list[ScorePoint | IncompletePoint]] = {one: [] for one in ids}
    watched = [code for code, instrument in library().items() if instrument.safety_items]
    for row in plain_rows(_SCORES, {"ids": ids, "watched": watched}):
        scores[row.patient_id].append(_point(row, zone))
    for patient_id, at, rating in plain_rows(_PAIN, {"ids": ids}):
        scores[patient_id].append(before_session(PAIN, rating, at.astimezone(zone)))
    return {one: course_rules.courses(doses[one], rules) for one in ids}, scores


def _point(row: Any, zone: ZoneInfo) -> ScorePoint | IncompletePoint:
    at, safety = row.taken_at.astimezone(zone), progress_pictures.safety_answers(row)
    if row.total is None:
        return IncompletePoint(instrument=row.instrument, at=at, answered=0, asked=0, safety=safety)
    return ScorePoint(
        instrument=row.instrument,
        total=row.total,
        at=at,
        time_known=row.time_known,
        occasion=Occasion(row.occasion),
        prorated=row.completeness == Completeness.PRORATED,
        safety=safety,
    )


def of_plan(patient_id: int, zone: ZoneInfo, rules: CourseRules) -> Courses:
    """Read the courses of a patient as they will be once all that is planned was given.

    Who may see them was decided before.
    """
    return course_rules.courses(_planned_doses(patient_id, zone).doses, rules)


def of_series(patient_id: int, number: int, zone: ZoneInfo, rules: CourseRules) -> str:
    """Say which course a series begins or continues; '' where nothing is given or ahead."""
    plan = _planned_doses(patient_id, zone)
    found = course_rules.courses(plan.doses, rules)
    return course_text.of_series(found, number, plan.ahead, plan.unrecorded)


def with_draft(patient_id: int, draft: SeriesDraft, zone: ZoneInfo, rules: CourseRules) -> str:
    """Say which course a series that is being planned would begin or continue; '' without a day."""
    days = series_plan.planned_days(draft)
    if not days:
        return ""
    # As it will be told of the series: a day that passed without a session has no dose.
    ahead = tuple(day for day in days if day >= clock.today(zone))
    has_passed, days = len(ahead) < len(days), ahead or days
    plan = _planned_doses(patient_id, zone)
    number = 1 + max((one.number for one in plan.doses), default=0)
    first_at, last_at = (
        datetime.combine(day, progress_pictures.NOON, zone) for day in (days[0], days[-1])
    )
    new = SeriesDoses(
        number=number,
        first_at=first_at,
        last_at=last_at,
        phase=draft.phase,
        indication=draft.indication,
        course_role=draft.course_role,
    )
    found = course_rules.courses((*plan.doses, new), rules)
    unrecorded = plan.unrecorded | ({number} if has_passed else set())
    return course_text.of_series(found, number, plan.ahead | {first_at}, unrecorded)


class _Plan(Struct, frozen=True):
    """Doses with what is `ahead` taken for given; `unrecorded` are series with days that passed."""

    doses: tuple[SeriesDoses, ...]
    ahead: frozenset[datetime]
    unrecorded: frozenset[int]


def _planned_doses(patient_id: int, zone: ZoneInfo) -> _Plan:
    """Take what is ahead for given; tell also when that is, and where days have passed."""
    rows = plain_rows(progress_pictures.SESSIONS, {"patient_id": patient_id}).all()
    points = progress_pictures.session_points(rows, zone)
    today = clock.today(zone)
    planned = [point for point in points if point.state is SessionState.PLANNED]
    ahead = [point for point in planned if point.at.date() >= today]
    # What was planned before and not held is not given.
    held = [point for point in points if point.state is not SessionState.PLANNED]
    taken = [replace(point, state=SessionState.COMPLETED) for point in ahead]
    return _Plan(
        course_rules.doses([*held, *taken]),
        frozenset(point.at for point in ahead),
        frozenset(point.series_number for point in planned if point.at.date() < today),
    )
