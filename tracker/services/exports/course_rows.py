"""Courses as rows, one for each scale of each course, from the baseline that the picture shows."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tracker.domain.courses.course import Course, Courses
from tracker.domain.progress.panels import CoursePart, ScalePanel
from tracker.domain.scores.interpretation import verdicts
from tracker.domain.scores.points import IncompletePoint, ScorePoint
from tracker.domain.scores.response import responses
from tracker.domain.sessions.point import MOOD
from tracker.instruments import library
from tracker.services.clinic import clinics
from tracker.services.courses import queries as course_queries

# What is read of a series to find its patient, in this order.
FIELDS = ("record_number", "patient_id", "clinic_id")


def spread(series: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    """Turn series of one clinic, as the values of `FIELDS`, into the plain rows of courses."""
    people = {patient_id: (number, clinic_id) for number, patient_id, clinic_id in series}
    if not people:
        return
    clinic_id = next(iter(people.values()))[1]
    courses, scores = course_queries.of_patients([*people], clinics.view(clinic_id))
    for patient_id, (number, _clinic_id) in people.items():
        yield from _rows(number, courses[patient_id], scores[patient_id])


def _rows(
    record_number: str, courses: Courses, forms: Sequence[ScorePoint | IncompletePoint]
) -> Iterator[Sequence[Any]]:
    scores = [form for form in forms if isinstance(form, ScorePoint)]
    codes = sorted({point.instrument for point in scores} - {MOOD})
    panels = [
        ScalePanel(library()[code], tuple(verdicts(scores, library()[code], courses)), ())
        for code in codes
        if code in library()
    ]
    parts = [part for panel in panels for part in panel.parts]
    for course in courses.in_time:
        own = [_cells(part) for part in parts if part.course == course]
        for cells in own or [("",) + (None,) * 10]:
            yield (record_number, *_head(course), *cells)


def _head(course: Course) -> tuple[Any, ...]:
    numbers = "; ".join(map(str, course.series))
    days = course.first_at.date(), course.last_at.date()
    return course.number, numbers, course.indication, *days


def _cells(part: CoursePart) -> tuple[Any, ...]:
    verdict, start = part.verdicts[-1], part.baseline
    found = responses(part.verdicts)
    lost = found[-1].lost if found else None
    change = verdict.since_baseline
    return (
        part.instrument.code,
        None if start is None else start.total,
        None if start is None else start.at.date(),
        part.last.total,
        part.last.at.date(),
        None if change is None else change.points,
        part.best.total,
        verdict.response,
        verdict.remission,
        found[0].reached.at.date() if found else None,
        None if lost is None else lost.at.date(),
    )
