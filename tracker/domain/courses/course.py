"""Courses of treatment: series that belong together, each course with a start of its own.

A series begins a course or continues the one before. Where nobody said which, its phase and the
pause before its first dose do.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from tracker.domain.clinic.course_rules import CLINIC_DEFAULTS, CourseRules
from tracker.domain.codes import CourseRole, Indication, Phase
from tracker.domain.sessions.point import SessionPoint


class SeriesDoses(Struct, frozen=True, kw_only=True):
    """A series in which something was given: its first dose and its last, aware, in the clinic.

    `course_role` is None where nobody said whether it begins a course.
    """

    number: int
    first_at: datetime
    last_at: datetime
    phase: Phase | None = None
    indication: Indication | None = None
    course_role: CourseRole | None = None


class Course(Struct, frozen=True, kw_only=True):
    """One or more series that belong together; `number` counts from 1 in the order of first doses.

    `series` are their numbers. It runs from its first dose to its last, so far.
    """

    number: int
    series: tuple[int, ...]
    first_at: datetime
    last_at: datetime
    indication: Indication | None = None

    def is_for(self, indications: Collection[Indication]) -> bool:
        """Say whether a scale made for some indications tells of what the course treats."""
        return not indications or self.indication in {Indication.OTHER, None, *indications}

    def is_running(self, at: datetime, pause_days: int) -> bool:
        """Say whether its last dose is so near that a dose at this time belongs to it."""
        return (at.date() - self.last_at.date()).days <= pause_days


class Courses(Struct, frozen=True):
    """The courses of one person in the order of their first doses, and the rules behind them."""

    in_time: tuple[Course, ...] = ()
    rules: CourseRules = CLINIC_DEFAULTS

    def of_scale(self, indications: Collection[Indication]) -> tuple[Course, ...]:
        """Pick the courses that count for a scale made for some indications.

        A course that began while one for another indication ran counts for the scales of its own
        indication alone: a dose for pain is no new start of a depression that is being treated.
        """
        kept: list[Course] = []
        for course in self.in_time:
            if not kept or not self._stands_beside(course, kept[-1], indications):
                kept.append(course)
        return tuple(kept)

    def _stands_beside(
        self, course: Course, running: Course, indications: Collection[Indication]
    ) -> bool:
        if _is_alike(course.indication, running.indication):
            return False
        if not running.is_running(course.first_at, self.rules.pause_days):
            return False
        return course.indication not in indications or running.indication in indications


def doses(sessions: Iterable[SessionPoint]) -> tuple[SeriesDoses, ...]:
    """Find the first and the last dose of each series, in whatever order the sessions come."""
    found: dict[int, SeriesDoses] = {}
    for point in sessions:
        if not point.was_given:
            continue
        known = found.get(point.series_number)
        found[point.series_number] = SeriesDoses(
            number=point.series_number,
            first_at=min(point.at, known.first_at) if known else point.at,
            last_at=max(point.at, known.last_at) if known else point.at,
            phase=point.phase,
            indication=point.indication,
            course_role=point.course_role,
        )
    return tuple(found.values())


def courses(series: Iterable[SeriesDoses], rules: CourseRules = CLINIC_DEFAULTS) -> Courses:
    """Put series together into courses, in whatever order they come."""
    made: list[Course] = []
    for one in sorted(series, key=lambda one: (one.first_at, one.number)):
        course = _course_before(one, made, rules)
        if course is None:
            made.append(
                Course(
                    number=len(made) + 1,
                    series=(one.number,),
                    first_at=one.first_at,
                    last_at=one.last_at,
                    indication=one.indication,
                )
            )
        else:
            made[course.number - 1] = replace(
                course,
                series=(*course.series, one.number),
                last_at=max(course.last_at, one.last_at),
            )
    return Courses(tuple(made), rules)


def _course_before(one: SeriesDoses, made: Sequence[Course], rules: CourseRules) -> Course | None:
    """Find the course that a series continues; None where it begins one."""
    alike = [course for course in made if _is_alike(one.indication, course.indication)]
    latest = max(alike, key=lambda course: (course.last_at, course.number), default=None)
    role = one.course_role or role_by_rule(
        one.phase, latest.last_at if latest else None, one.first_at, rules
    )
    if role is CourseRole.BEGINS or not made:
        return None
    return latest or made[-1]


def role_by_rule(
    phase: Phase | None, last_dose: datetime | None, first_dose: datetime, rules: CourseRules
) -> CourseRole:
    """Say by the rule whether a series begins a course: an induction does, or after a pause.

    Both doses are aware and in the clinic's zone; `last_dose` is the one before of the same
    treatment, None where there was none.
    """
    if phase in (Phase.INDUCTION, None) or last_dose is None:
        return CourseRole.BEGINS
    apart = (first_dose.date() - last_dose.date()).days
    return CourseRole.BEGINS if apart > rules.pause_days else CourseRole.CONTINUES


def _is_alike(one: Indication | None, other: Indication | None) -> bool:
    """Say whether two series may treat the same; what nobody named may be anything."""
    unnamed = {Indication.OTHER, None}
    return one == other or one in unnamed or other in unnamed
