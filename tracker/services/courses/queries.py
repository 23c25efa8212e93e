"""The courses of one patient, with what is still planned, for the pages that plan."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime

from tracker.domain.codes import SessionState
from tracker.domain.courses import course as course_rules
from tracker.domain.courses import text as course_text
from tracker.domain.courses.course import Courses, SeriesDoses
from tracker.domain.series import plan as series_plan
from tracker.domain.series.plan import SeriesDraft
from tracker.domain.sessions.point import SessionPoint
from tracker.models.database import plain_rows
from tracker.services import clock
from tracker.services.clinic import clinics, treatment_settings
from tracker.services.progress import pictures as progress_pictures


def as_planned(patient_id: int, clinic_id: int) -> Courses:
    """Read the courses of a patient as they will be once all that is planned was given.

    Who may see them was decided before.
    """
    doses, rules = _doses(patient_id, clinic_id), treatment_settings.of_clinic(clinic_id)
    return course_rules.courses(doses, rules.course_rules)


def with_draft(patient_id: int, clinic_id: int, draft: SeriesDraft) -> str:
    """Say which course a series that is being planned would begin or continue; '' without a day."""
    days = series_plan.planned_days(draft)
    if not days:
        return ""
    doses = _doses(patient_id, clinic_id)
    number = 1 + max((one.number for one in doses), default=0)
    new = SeriesDoses(
        number=number,
        first_at=_noon(days[0], clinic_id),
        last_at=_noon(days[-1], clinic_id),
        phase=draft.phase,
        indication=draft.indication,
        role=draft.course_role,
    )
    rules = treatment_settings.of_clinic(clinic_id).course_rules
    return course_text.of_series(course_rules.courses((*doses, new), rules), number)


def _noon(day: date, clinic_id: int) -> datetime:
    return datetime.combine(day, progress_pictures.NOON, clinics.view(clinic_id).zone)


def _doses(patient_id: int, clinic_id: int) -> tuple[SeriesDoses, ...]:
    zone = clinics.view(clinic_id).zone
    rows = plain_rows(progress_pictures.SESSIONS, {"patient_id": patient_id}).all()
    points = progress_pictures.session_points(rows, zone)
    return course_rules.doses(_given_or_ahead(points, clock.today(zone)))


def _given_or_ahead(points: list[SessionPoint], today: date) -> Iterator[SessionPoint]:
    """Take what is planned from today on for given; what was planned before and not held is not."""
    for point in points:
        is_ahead = point.state is SessionState.PLANNED and point.at.date() >= today
        yield replace(point, state=SessionState.COMPLETED) if is_ahead else point
